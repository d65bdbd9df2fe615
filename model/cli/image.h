/* image.h: a memory image for pagewalk walk: where page tables come from. */
#ifndef PAGEWALK_CLI_IMAGE_H
#define PAGEWALK_CLI_IMAGE_H

#include <pagewalk/memory.h>

/*
 * Reads an image into memory. Text: lines of two hexadecimal numbers, the physical address of 8 bytes and their value
 * (0x optional, # begins a comment). Anything else is raw bytes, little-endian, from physical address 0.
 * Returns 0, -PW_EIO, -PW_EIMAGE or -PW_ENOMEM.
 */
int image_load(const char *path, struct pw_physical_memory *memory, struct pw_diag *diag);

#endif
