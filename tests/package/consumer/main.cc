// A page table, a translation and a fault through the installed library, from C++.
#include <pagewalk/pagewalk.h>

#include <cstdio>

int main() {
  const pw_config config = pw_config_default();
  pw_physical_memory *memory = nullptr;
  pw_frames *frames = nullptr;
  pw_address_space *space = nullptr;
  pw_mmu *mmu = nullptr;
  if (pw_physical_memory_create(&memory) || pw_frames_create(&config, &frames)) return 1;
  if (pw_address_space_create(&config, memory, frames, &space)) return 1;
  const pw_memory_port port = pw_physical_memory_port(memory);
  if (pw_mmu_create(&config, &port, nullptr, &mmu)) return 1;
  const pw_control control = pw_control_from_config(&config, pw_address_space_root(space));
  if (pw_mmu_set_control(mmu, &control)) return 1;
  if (pw_map(space, 0x7000, 0x5000, 12, PW_MAP_USER)) return 1;

  pw_access access{};
  access.linear_address = 0x7123;
  access.cpl = 3;
  pw_translation read, write;
  if (pw_translate(mmu, &access, &read)) return 1;
  access.kind = PW_WRITE;
  if (pw_translate(mmu, &access, &write)) return 1;
  std::printf("read 0x%llx, write error code 0x%x\n", static_cast<unsigned long long>(read.physical_address),
              write.error_code);

  pw_mmu_destroy(mmu);
  pw_address_space_destroy(space);
  pw_frames_destroy(frames);
  pw_physical_memory_destroy(memory);
}
