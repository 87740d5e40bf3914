// All of clique.
#pragma once

#include <clique/array.hpp>
#include <clique/collectives.hpp>
#include <clique/communicator.hpp>
#include <clique/datatype.hpp>
#include <clique/device.hpp>
#include <clique/elementwise.hpp>
#include <clique/error.hpp>
#include <clique/layout.hpp>
#include <clique/region.hpp>
#include <clique/request.hpp>
#include <clique/version.hpp>
