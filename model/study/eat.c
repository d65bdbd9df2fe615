/* eat.c: the textbook formulas of effective access time. */
#include <pagewalk/eat.h>

double pw_eat_translated_ps(const struct pw_eat_input *input) {
  return input->tlb_ps + input->memory_ps + (1 - input->hit_ratio) * input->levels * input->memory_ps;
}

double pw_eat_ps(const struct pw_eat_input *input) {
  return (1 - input->fault_rate) * pw_eat_translated_ps(input) + input->fault_rate * input->service_ps;
}

double pw_eat_fault_rate_for(const struct pw_eat_input *input, double slowdown) {
  double translated_ps = pw_eat_translated_ps(input);
  if (input->service_ps <= translated_ps) return -1;
  return slowdown * translated_ps / (input->service_ps - translated_ps);
}
