# What `cmake --install` puts where, for find_package(clique CONFIG) and for pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(here ${CMAKE_CURRENT_LIST_DIR})
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/clique)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/clique DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING
  PATTERN "*.hpp" PATTERN "*.h")
install(TARGETS clique EXPORT clique_targets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT clique_targets NAMESPACE clique:: DESTINATION ${package_dir})

configure_package_config_file(${here}/cliqueConfig.cmake.in ${PROJECT_BINARY_DIR}/cliqueConfig.cmake
  INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cliqueConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cliqueConfig.cmake ${PROJECT_BINARY_DIR}/cliqueConfigVersion.cmake
  DESTINATION ${package_dir})

# pkg-config: every MPI library calls its .pc file differently, so its flags are written out.
set(pc_cflags "")
foreach(macro IN LISTS clique_opencl_macros)
  string(APPEND pc_cflags " -D${macro}")
endforeach()
set(pc_includes ${MPI_C_INCLUDE_DIRS} ${OpenCL_INCLUDE_DIRS})
list(REMOVE_DUPLICATES pc_includes)
list(REMOVE_ITEM pc_includes /usr/include)
foreach(folder IN LISTS pc_includes)
  string(APPEND pc_cflags " -I${folder}")
endforeach()
string(REPLACE ";" " " pc_libraries "${MPI_C_LIBRARIES};${OpenCL_LIBRARIES}")
if(NOT BUILD_SHARED_LIBS)
  string(APPEND pc_libraries " -lstdc++ -pthread")
endif()
# Relative to the .pc file, so that an installed tree can be moved.
file(RELATIVE_PATH pc_prefix /any/${CMAKE_INSTALL_LIBDIR}/pkgconfig /any)
configure_file(${here}/clique.pc.in ${PROJECT_BINARY_DIR}/clique.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/clique.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(CLIQUE_TOOLS)
  file(RELATIVE_PATH to_libraries /any/${CMAKE_INSTALL_BINDIR} /any/${CMAKE_INSTALL_LIBDIR})
  set_target_properties(clique_tool PROPERTIES INSTALL_RPATH "$ORIGIN/${to_libraries}")
  install(TARGETS clique_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
