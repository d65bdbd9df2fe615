/* pagewalk.h: the whole public interface of libpagewalk. */
#ifndef PAGEWALK_PAGEWALK_H
#define PAGEWALK_PAGEWALK_H

#include <pagewalk/config.h>
#include <pagewalk/coverage.h>
#include <pagewalk/eat.h>
#include <pagewalk/entry.h>
#include <pagewalk/memory.h>
#include <pagewalk/mmu.h>
#include <pagewalk/report.h>
#include <pagewalk/rtl_parameters.h>
#include <pagewalk/simulation.h>
#include <pagewalk/software.h>
#include <pagewalk/statistics.h>
#include <pagewalk/status.h>
#include <pagewalk/trace.h>
#include <pagewalk/types.h>
#include <pagewalk/vectors.h>
#include <pagewalk/version.h>

#endif
