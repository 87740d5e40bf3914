# For examples/run and tests/run, which source it: finds what a build needs, installs what is missing where it can
# (Debian and its relatives, by apt-get), configures and builds.
#
# What is looked for are the things themselves and not packages, so any system that has them will do.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# thing: Debian's package, Fedora's, Arch's
packages='
compiler:   g++                   gcc-c++                gcc
cmake:      cmake                 cmake                  cmake
make:       make                  make                   make
pkg-config: pkg-config            pkgconf-pkg-config     pkgconf
mpi:        mpich,libmpich-dev    mpich-devel            mpich
opencl:     ocl-icd-opencl-dev    ocl-icd-devel          ocl-icd
opencl.h:   opencl-headers        opencl-headers         opencl-headers
opencl.hpp: opencl-clhpp-headers  opencl-headers         opencl-clhpp
driver:     pocl-opencl-icd       pocl                   pocl
pocl:       pocl-opencl-icd       pocl                   pocl
fmt:        libfmt-dev            fmt-devel              fmt
cli11:      libcli11-dev          cli11-devel            cli11
json:       nlohmann-json3-dev    json-devel             nlohmann-json
numpy:      python3-numpy         python3-numpy          python-numpy
pyopencl:   python3-pyopencl      python3-pyopencl       python-pyopencl
doctest:    doctest-dev           doctest-devel          doctest
rusticl:    mesa-opencl-icd       mesa-libOpenCL         opencl-mesa
oclgrind:   oclgrind              oclgrind(copr)         oclgrind(aur)
valgrind:   valgrind              valgrind               valgrind
ip:         iproute2              iproute                iproute2
'

# The python3 that has NumPy (or the modules named): the system's, or else the first in PATH.
find_numpy() {
  for python in /usr/bin/python3 python3; do
    "$python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))' "${@:-numpy}" \
      2>/dev/null && return
  done
  return 1
}

# Prints those of the named things that are not there.
missing_of() {
  local vendors=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors} headers thing
  headers=$("${CXX:-c++}" -std=c++20 -E -P -x c++ - 2>/dev/null <<'END' || true
#if __has_include(<concepts>) && __cplusplus >= 202002L
have-compiler
#endif
#if __has_include(<CL/cl.h>)
have-opencl.h
#endif
#if __has_include(<CL/opencl.hpp>)
have-opencl.hpp
#endif
#if __has_include(<fmt/format.h>)
have-fmt
#endif
#if __has_include(<CLI/CLI.hpp>)
have-cli11
#endif
#if __has_include(<nlohmann/json.hpp>)
have-json
#endif
#if __has_include(<doctest/doctest.h>)
have-doctest
#endif
END
  )
  for thing in "$@"; do
    case $thing in
      make) command -v ninja || command -v make ;;
      mpi) { command -v mpicc.mpich || command -v mpicc; } && { command -v mpiexec.mpich || command -v mpiexec; } ;;
      opencl) [[ $("${CXX:-c++}" -print-file-name=libOpenCL.so) == /* ]] ;;
      driver) [[ -f $vendors ]] || ls "$vendors" | grep -vE '^(mesa|rusticl)\.icd$' ;;  # Mesa's need a variable each
      pocl | rusticl) [[ -f /etc/OpenCL/vendors/$thing.icd ]] ;;
      numpy) find_numpy ;;
      pyopencl) find_numpy numpy pyopencl ;;
      cmake | ip | oclgrind | pkg-config | valgrind) command -v $thing ;;
      *) grep -qx "have-$thing" <<<"$headers" ;;
    esac &>/dev/null || printf '%s\n' "$thing"
  done
}

# Column 1 (Debian), 2 (Fedora) or 3 (Arch) for the named things, in one line.
packages_of() {
  local column=$1 thing
  shift
  for thing in "$@"; do
    awk -v thing="$thing:" -v column="$column" '$1 == thing { print $(column + 1) }' <<<"$packages" | tr ',' '\n'
  done | sort -u | tr '\n' ' '
}

# need THING...: they are there when it returns, or CMake is to say that they are not.
need() {
  local missing as_root=()
  mapfile -t missing < <(missing_of "$@")
  ((${#missing[@]})) || return 0
  if command -v apt-get >/dev/null && { ((EUID == 0)) || { as_root=(sudo -n) && sudo -n true 2>/dev/null; }; }; then
    local wanted log
    read -ra wanted <<<"$(packages_of 1 "${missing[@]}")"
    say "installing ${wanted[*]}"
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    as_root+=(apt-get -qq -o DPkg::Lock::Timeout=300)
    log=$(mktemp)
    "${as_root[@]}" update >"$log" 2>&1 || { cat "$log" >&2; say "going on with the package lists there are"; }
    if ! "${as_root[@]}" install -y --no-install-recommends "${wanted[@]}" >"$log" 2>&1; then
      cat "$log" >&2
      say "apt-get install failed, see above"
      exit 1
    fi
    rm -f "$log"
    mapfile -t missing < <(missing_of "$@")
    ((${#missing[@]})) || return 0
  fi
  say "Not found: ${missing[*]}. Packages that have them:"
  say "  Debian, Ubuntu:  apt-get install $(packages_of 1 "${missing[@]}")"
  say "  Fedora:          dnf install $(packages_of 2 "${missing[@]}")"
  say "  Arch:            pacman -S $(packages_of 3 "${missing[@]}")"
  local thing
  for thing in "${missing[@]}"; do
    case $thing in
      mpi | opencl* | fmt | cli11 | json | doctest) ;;  # libraries: CMake knows more places, as CMAKE_PREFIX_PATH
      *) say "Install them, and run this again."; exit 1 ;;
    esac
  done
  say "Going on, since CMake may find them elsewhere."
}

# build FOLDER [CMAKE_OPTION...]: configures once (delete the folder to do it anew), then builds what has changed.
build() {
  local folder=$1 generator=() mpi=() log
  shift
  log=$folder/build.log
  # A folder that was copied along with the sources, or whose first configuration did not end well, is of no use.
  if [[ -f $folder/CMakeCache.txt ]] &&
     { ! grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt" ||
       [[ ! -f $folder/Makefile && ! -f $folder/build.ninja ]]; }; then
    rm -rf "$folder"
  fi
  mkdir -p "$folder"
  if [[ ! -f $folder/CMakeCache.txt ]]; then
    say "configuring $folder"
    command -v ninja >/dev/null && generator=(-G Ninja)
    if command -v mpicc.mpich >/dev/null && command -v mpiexec.mpich >/dev/null; then  # where several MPIs are installed
      mpi=(-DMPI_C_COMPILER="$(command -v mpicc.mpich)" -DMPIEXEC_EXECUTABLE="$(command -v mpiexec.mpich)")
    fi
    if ! cmake -S "$root" -B "$folder" "${generator[@]}" "${mpi[@]}" "$@" >"$log" 2>&1; then
      cat "$log" >&2
      exit 1
    fi
  fi
  say "building $folder"
  if ! cmake --build "$folder" --parallel "$(nproc)" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
  launcher=$(sed -n 's/^MPIEXEC_EXECUTABLE:[A-Z]*=//p' "$folder/CMakeCache.txt")
}
