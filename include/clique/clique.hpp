// All of clique.
#pragma once

#include <clique/array.hpp>
#include <clique/call.hpp>
#include <clique/collective.hpp>
#include <clique/collectives.hpp>
#include <clique/communicator.hpp>
#include <clique/datatype.hpp>
#include <clique/device.hpp>
#include <clique/elementwise.hpp>
#include <clique/error.hpp>
#include <clique/layout.hpp>
#include <clique/list.hpp>
#include <clique/neighborhood.hpp>
#include <clique/point_to_point.hpp>
#include <clique/reduce_op.hpp>
#include <clique/reductions.hpp>
#include <clique/region.hpp>
#include <clique/request.hpp>
#include <clique/topology.hpp>
#include <clique/tuning.hpp>
#include <clique/version.hpp>
