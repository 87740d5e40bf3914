// Which symbols the shared library shows: those marked CLIQUE_API, and nothing else.
#pragma once

#if defined(__GNUC__)
#define CLIQUE_API __attribute__((visibility("default")))
#else
#define CLIQUE_API
#endif
