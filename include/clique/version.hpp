// The version of these headers, as in CMakeLists.txt (which reads it from here).
#pragma once

#define CLIQUE_VERSION_MAJOR 0
#define CLIQUE_VERSION_MINOR 1
#define CLIQUE_VERSION_PATCH 0
#define CLIQUE_VERSION (CLIQUE_VERSION_MAJOR * 10000 + CLIQUE_VERSION_MINOR * 100 + CLIQUE_VERSION_PATCH)
