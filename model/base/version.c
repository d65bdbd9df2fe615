/* version.c: the version that was built. */
#include <pagewalk/version.h>

const char *pw_version(void) { return PW_VERSION; }
