"""The C interface from Python: PyOpenCL's context, queue and buffers, checked against NumPy.

with_pyopencl.py LIBCLIQUE.so, on any number of ranks.
"""
import ctypes as c
import os
import sys

import numpy as np

os.environ.setdefault("PYOPENCL_NO_CACHE", "1")
import pyopencl as cl  # noqa: E402

lib = c.CDLL(sys.argv[1])
lib.clique_last_error_message.restype = c.c_char_p
FLOAT32, SUM, MAX = 10, c.c_void_p(1), c.c_void_p(4)


def call(name, *args):
    if getattr(lib, "clique_" + name)(*args) != 0:
        raise RuntimeError(f"clique_{name}: {lib.clique_last_error_message().decode()}")


def handle(of):  # of PyOpenCL's objects
    return c.c_void_p(of.int_ptr)


call("init")
found = c.c_size_t()
call("device_list", c.c_size_t(0), None, c.byref(found))
ids = (c.c_void_p * found.value)()
call("device_list", found, ids, None)
ctx = cl.Context([cl.Device.from_int_ptr(ids[0])])
queue = cl.CommandQueue(ctx)
device, comm = c.c_void_p(), c.c_void_p()
call("device_create", handle(ctx), handle(ctx.devices[0]), handle(queue), c.byref(device))
call("comm_create_world", device, c.byref(comm))
rank, size = c.c_int(), c.c_int()
call("comm_rank", comm, c.byref(rank))
call("comm_size", comm, c.byref(size))
rank, size = rank.value, size.value


def data(of, count):  # what rank `of` has
    return np.random.default_rng(of).integers(-1000, 1000, count).astype(np.float32)


def collective(name, *middle, event=None):
    end = (comm, None, c.c_uint(0), None, event)
    call(name, handle(source), c.c_size_t(0), handle(target), c.c_size_t(0), *middle, *end)


for block in 1, 5, 4096, 70001:
    count = block * size
    everyone = np.stack([data(r, count) for r in range(size)])
    source = cl.Buffer(ctx, cl.mem_flags.READ_WRITE, 4 * count)
    target = cl.Buffer(ctx, cl.mem_flags.READ_WRITE, 4 * count)
    cl.enqueue_copy(queue, source, everyone[rank])

    def compare(wanted):
        got = np.empty(count, np.float32)
        cl.enqueue_copy(queue, got, target)
        np.testing.assert_array_equal(got, wanted)
        cl.enqueue_fill_buffer(queue, target, np.float32(-1), 0, 4 * count)

    collective("allreduce", c.c_size_t(count), FLOAT32, SUM)
    compare(everyone.sum(axis=0))
    collective("allreduce", c.c_size_t(count), FLOAT32, MAX)
    compare(everyone.max(axis=0))
    turned = np.concatenate([part[rank * block:(rank + 1) * block] for part in everyone])
    collective("alltoall", c.c_size_t(block), FLOAT32)
    compare(turned)
    # With an event, which PyOpenCL then waits for.
    done = c.c_void_p()
    collective("alltoall", c.c_size_t(block), FLOAT32, event=c.byref(done))
    cl.Event.from_int_ptr(done.value, retain=False).wait()
    compare(turned)

# What does not fit is an error on every rank, with words.
try:
    call("allreduce", handle(source), c.c_size_t(2 if rank == 0 else 0), handle(target), c.c_size_t(0), c.c_size_t(1),
         FLOAT32, SUM, comm, None, c.c_uint(0), None, None)
    raise SystemExit("an offset of 2 bytes was accepted")
except RuntimeError as error:
    assert "2 bytes" in str(error) and lib.clique_last_error_rank() == 0, error

lib.clique_comm_free(comm)
lib.clique_device_free(device)
call("finalize")
print(f"clique-test: rank {rank} of {size} passed", flush=True)
