# clique_mpi_test(NAME <name> RANKS <n> [TIMEOUT <seconds>] [ENVIRONMENT <VAR=value>...] [LABELS <label>...]
#                 [EXPECT <line>... | EXPECT_NOTHING] [FAILS] [NODES <layout>] COMMAND <command> [<argument>...])
#
# Registers COMMAND as a test on n ranks, through tests/mpiexec: it passes when mpiexec returns 0 within TIMEOUT
# (default: 60 s) and each rank R has printed
#
#     clique-test: rank R of n passed
#
# which a test does when all is done but MPI_Finalize. (mpiexec alone would not do: MPICH's returns 0 although a rank
# called _exit(0) halfway.) With EXPECT each of the given lines must have been printed instead; with EXPECT_NOTHING the
# exit code is all; with FAILS mpiexec must not return 0, as after a communicator was poisoned. With NODES the ranks are on
# several hosts, as 2+2 says: see tests/nodes/mpiexec. No process may be left behind. MPI tests carry the label `mpi` and run alone, since their ranks already are more than the cores.
function(clique_mpi_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "EXPECT_NOTHING;FAILS" "NAME;RANKS;TIMEOUT;NODES" "ENVIRONMENT;LABELS;EXPECT;COMMAND")
  if(test_UNPARSED_ARGUMENTS OR NOT test_NAME OR NOT test_RANKS OR NOT test_COMMAND)
    message(FATAL_ERROR "clique_mpi_test: NAME, RANKS and COMMAND are needed; not understood: ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 60)
  endif()
  set(expected)
  foreach(line IN LISTS test_EXPECT)
    list(APPEND expected --expect "${line}")
  endforeach()
  if(test_EXPECT_NOTHING)
    list(APPEND expected --expect-nothing)
  endif()
  if(test_FAILS)
    list(APPEND expected --fails)
  endif()
  list(GET test_COMMAND 0 program)
  if(TARGET ${program})
    list(REMOVE_AT test_COMMAND 0)
    list(PREPEND test_COMMAND $<TARGET_FILE:${program}>)
  endif()
  set(launcher ${MPIEXEC_EXECUTABLE})
  if(test_NODES)
    set(launcher ${PROJECT_SOURCE_DIR}/tests/nodes/mpiexec)
    list(APPEND test_ENVIRONMENT NODES=${test_NODES} MPIEXEC=${MPIEXEC_EXECUTABLE})
  endif()
  add_test(NAME ${test_NAME} COMMAND ${PROJECT_SOURCE_DIR}/tests/mpiexec --launcher ${launcher}
    --timeout ${test_TIMEOUT} ${expected} ${test_RANKS} ${test_COMMAND})
  math(EXPR limit "${test_TIMEOUT} + 15")
  set_tests_properties(${test_NAME} PROPERTIES RUN_SERIAL ON TIMEOUT ${limit} LABELS "mpi;${test_LABELS}"
    ENVIRONMENT "${test_ENVIRONMENT}" SKIP_RETURN_CODE 77)
endfunction()
