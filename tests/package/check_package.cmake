# Installs the build into WORK_DIR/prefix and builds and runs the consumer against it, in two ways.

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_greeting)
  if(NOT output MATCHES "^pagewalk [0-9.]+ read small\n$")
    message(FATAL_ERROR "the consumer printed: ${output}")
  endif()
endfunction()

set(flags "")
if(SANITIZE)
  set(flags -fsanitize=address,undefined)
elseif(COVERAGE)
  set(flags --coverage)
endif()

file(REMOVE_RECURSE ${WORK_DIR})
set(prefix ${WORK_DIR}/prefix)
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})

run(${CMAKE_COMMAND} -S ${CONSUMER_DIR} -B ${WORK_DIR}/cmake -G Ninja -DCMAKE_PREFIX_PATH=${prefix}
    -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_C_FLAGS=${flags})
run(${CMAKE_COMMAND} --build ${WORK_DIR}/cmake)
run(${WORK_DIR}/cmake/consumer ${CONFIG})
expect_greeting()

file(GLOB_RECURSE pc ${prefix}/*/pagewalk.pc)
get_filename_component(pc_dir ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_dir})
run(pkg-config --cflags --libs pagewalk)
separate_arguments(pkg_flags UNIX_COMMAND "${output}")
run(${C_COMPILER} -std=c11 -Wall -Wextra -Wpedantic -Werror ${flags} ${CONSUMER_DIR}/main.c -o ${WORK_DIR}/consumer ${pkg_flags})
run(${WORK_DIR}/consumer ${CONFIG})
expect_greeting()
