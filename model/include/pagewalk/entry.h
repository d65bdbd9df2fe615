/* entry.h: the bits of a paging-structure entry (SDM volume 3A, "Paging-Structure Entries"). */
#ifndef PAGEWALK_ENTRY_H
#define PAGEWALK_ENTRY_H

#include <stdint.h>

#define PW_ENTRY_P (UINT64_C(1) << 0)   /* present */
#define PW_ENTRY_RW (UINT64_C(1) << 1)  /* writes allowed */
#define PW_ENTRY_US (UINT64_C(1) << 2)  /* user-mode accesses allowed */
#define PW_ENTRY_PWT (UINT64_C(1) << 3) /* page-level write-through */
#define PW_ENTRY_PCD (UINT64_C(1) << 4) /* page-level cache disable */
#define PW_ENTRY_A (UINT64_C(1) << 5)   /* accessed */
#define PW_ENTRY_D (UINT64_C(1) << 6)   /* dirty, in a leaf */
#define PW_ENTRY_PS (UINT64_C(1) << 7)  /* page size: this PDPTE or PDE maps a page */
#define PW_ENTRY_G (UINT64_C(1) << 8)   /* global, in a leaf */
#define PW_ENTRY_XD (UINT64_C(1) << 63) /* execute disable */

#define PW_ENTRY_PAT_SMALL (UINT64_C(1) << 7)  /* PAT in a PTE */
#define PW_ENTRY_PAT_LARGE (UINT64_C(1) << 12) /* PAT in a leaf PDE or PDPTE */
#define PW_ENTRY_PKEY_SHIFT 59                 /* protection key: bits 62:59 of a leaf */

#define PW_ENTRY_ADDRESS UINT64_C(0x000ffffffffff000) /* physical address field of an 8-byte entry, MAXPHYADDR = 52 */

#endif
