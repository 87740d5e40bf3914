// The engines of the modelled GPUs, which all processes of this machine share: a file, mapped by each of them, in which
// an engine is known by the time at which it will be free. A command reserves its time there and then sleeps until it
// is over, so that a process that is killed leaves nothing locked.
//
// A GPU has one compute engine, which one process has at a time, and a copy engine for each direction of the bus.
#pragma once

#include "parameters.hpp"

namespace gpu_model {

enum class direction { to_host, to_device };

nanoseconds now();
void sleep_until(nanoseconds when);
// The calling thread is busy for so long, as a driver's is.
void spend(nanoseconds time);

// Reserves the compute engine for a command that was submitted at `submitted`; the one before it in its queue ends at
// `after`. `latency` is what the command takes alone, `occupancy` what it costs the engine behind another one. Where
// another process used the engine within the last active_us, the command waits for its slice first. Returns its end.
nanoseconds reserve_compute(unsigned device, nanoseconds submitted, nanoseconds after, nanoseconds latency,
                            nanoseconds occupancy);
// The engine was busy for longer than reserved: a kernel takes the time that the CPU takes for it.
void extend_compute(unsigned device, nanoseconds until);

// Reserves a copy engine for so many bytes, not before `from`; returns the end of the transfer over the bus.
nanoseconds reserve_bus(unsigned device, direction where, nanoseconds from, std::size_t bytes);

// 16 bytes that name the device, alike in all processes of this machine and different elsewhere.
void uuid_of(unsigned device, unsigned char (&uuid)[16]);

}  // namespace gpu_model
