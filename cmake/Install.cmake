# What `cmake --install` puts where: library, headers, programs, configurations, Verilog, CMake package, pkg-config file.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pagewalk)

install(TARGETS pagewalk_library EXPORT pagewalk-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS pagewalk pagewalk-cosim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/model/include/pagewalk ${PROJECT_BINARY_DIR}/model/include/pagewalk
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/pagewalk)
# What pagewalk-cosim builds a Verilated MMU from, in the folders that they have in the source tree.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/rtl DESTINATION ${CMAKE_INSTALL_DATADIR}/pagewalk OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/cosim/lockstep/rtl.h ${PROJECT_SOURCE_DIR}/cosim/lockstep/rtl_shim.cc
  DESTINATION ${CMAKE_INSTALL_DATADIR}/pagewalk/cosim/lockstep)
install(FILES ${PROJECT_SOURCE_DIR}/cosim/mutants/mutants.yaml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/pagewalk/cosim/mutants)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT pagewalk-targets NAMESPACE pagewalk:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/pagewalk-config.cmake.in pagewalk-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(pagewalk-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pagewalk-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/pagewalk-config-version.cmake DESTINATION ${package_dir})

# The prefix is found from where the file lies, so that an installed tree can be moved.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/pagewalk.pc.in pagewalk.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/pagewalk.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
