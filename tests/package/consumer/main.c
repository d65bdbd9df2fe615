#include <pagewalk/pagewalk.h>
#include <stdio.h>

int main(int argc, char **argv) {
  struct pw_config config;
  struct pw_diag diag;
  if (argc != 2 || pw_config_load(argv[1], NULL, 0, &config, &diag)) return 1;
  printf("pagewalk %s read %s\n", pw_version(), config.name);
  return 0;
}
