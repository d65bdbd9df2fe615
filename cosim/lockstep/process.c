/* process.c: running another program and waiting for it. */
#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int wait_for(pid_t child) {
  int state;
  while (waitpid(child, &state, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
}

/* Fills the actions that a child takes before it becomes the program. Returns 0 or an errno. */
static int redirect(posix_spawn_file_actions_t *actions, const char *directory, int output) {
  int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
  if (!error) error = posix_spawn_file_actions_addchdir_np(actions, directory);
  return error;
}

int process_run(const char *const *arguments, const char *directory, int output) {
  posix_spawn_file_actions_t actions;
  pid_t child = 0;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return -error;
  error = redirect(&actions, directory, output);
  /* POSIX takes char *const * for the sake of old callers; it does not write. */
  if (!error) error = posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)(size_t)arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error ? -error : wait_for(child);
}

int process_first_line(const char *const *arguments, char *line, size_t size_bytes) {
  FILE *output = tmpfile();
  if (!output) return -errno;
  int status = process_run(arguments, ".", fileno(output));
  line[0] = '\0';
  rewind(output);
  if (fgets(line, (int)size_bytes, output)) line[strcspn(line, "\n")] = '\0';
  fclose(output);
  return status;
}
