# Language standards, warnings and build options shared by every target.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

option(PAGEWALK_WERROR "Treat warnings as errors" OFF)
option(PAGEWALK_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(PAGEWALK_COVERAGE "Build for line coverage" OFF)
option(PAGEWALK_FUZZ "Build the fuzz targets with libFuzzer, which comes with clang" OFF)
option(PAGEWALK_BENCH "Build the benchmarks" OFF)
option(PAGEWALK_SIMD "Use the vector instructions that every processor of the target has" ON)

add_library(pagewalk_options INTERFACE)
target_compile_options(pagewalk_options INTERFACE -Wall -Wextra -Wconversion -Wshadow)
if(PAGEWALK_WERROR)
  target_compile_options(pagewalk_options INTERFACE -Werror)
endif()
# POSIX (open_memstream, strdup), which -std=c11 alone hides.
target_compile_definitions(pagewalk_options INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
if(NOT PAGEWALK_SIMD)
  target_compile_definitions(pagewalk_options INTERFACE PAGEWALK_NO_SIMD)
endif()
if(PAGEWALK_SANITIZE)
  target_compile_options(pagewalk_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(pagewalk_options INTERFACE -fsanitize=address,undefined)
endif()
if(PAGEWALK_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang OR NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "PAGEWALK_FUZZ needs clang: cmake --preset fuzz")
  endif()
  # A fuzzer is there to break assertions, so they stay; what no input can get past, such as a hash, goes.
  target_compile_definitions(pagewalk_options INTERFACE FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
  target_compile_options(pagewalk_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined
                         -fno-sanitize-recover=all -fno-omit-frame-pointer -UNDEBUG)
  target_link_options(pagewalk_options INTERFACE -fsanitize=address,undefined)
endif()
if(PAGEWALK_COVERAGE)
  target_compile_options(pagewalk_options INTERFACE --coverage -O0)
  target_link_options(pagewalk_options INTERFACE --coverage)
endif()

# pagewalk_layer(NAME BELOW LAYER.. SOURCES FILE.. LINK TARGET..)
#
# One layer of libpagewalk, as an object library that sees the headers of the layers below it and of no other: a file
# that includes upward does not compile. The folder is the layer's name.
function(pagewalk_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "BELOW;SOURCES;LINK")
  list(TRANSFORM layer_SOURCES PREPEND ${name}/)
  add_library(pw_${name} OBJECT ${layer_SOURCES})
  set_target_properties(pw_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(pw_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include ${CMAKE_CURRENT_BINARY_DIR}/include
                             ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  list(TRANSFORM layer_BELOW PREPEND pw_)
  target_link_libraries(pw_${name} PUBLIC ${layer_LINK} PRIVATE pagewalk_options)
  foreach(below ${layer_BELOW})
    target_include_directories(pw_${name} PUBLIC $<TARGET_PROPERTY:${below},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
endfunction()
