/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory pools.
 */
#include "api.h"

static osMemoryPoolId_t pool;
static void *volatile got;
static uint64_t memory[OS_POOL_MEM_SIZE(3, 12) / 8];

static void waits(void *argument)
{
    (void)argument;
    got = osMemoryPoolAlloc(pool, osWaitForever);
}

void pool_checks(void)
{
    osMemoryPoolAttr_t attr = {.name = "pool", .mp_mem = memory, .mp_size = sizeof(memory)};
    char *block[3];

    check_that("pool-no-blocks", !osMemoryPoolNew(0, 8, NULL), "was made");
    check_that("pool-no-size", !osMemoryPoolNew(8, 0, NULL), "was made");
    check_that("pool-memory-too-small", !osMemoryPoolNew(4, 12, &attr), "was made");
    pool = osMemoryPoolNew(3, 12, &attr);
    check_that("pool-name", strcmp(osMemoryPoolGetName(pool), "pool") == 0, "another name");
    check_equal("pool-capacity", osMemoryPoolGetCapacity(pool), 3);
    check_equal("pool-block-size", osMemoryPoolGetBlockSize(pool), 12);
    block[0] = osMemoryPoolAlloc(pool, 0);
    block[1] = osMemoryPoolAlloc(pool, 0);
    block[2] = osMemoryPoolAlloc(pool, 0);
    check_that("pool-blocks", block[0] && block[1] && block[2] && block[0] != block[1] && (uint64_t)block[1] % 8 == 0 &&
               block[2] >= (char *)memory && block[2] < (char *)memory + sizeof(memory), "not three of its own");
    check_equal("pool-count", osMemoryPoolGetCount(pool), 3);
    check_equal("pool-space", osMemoryPoolGetSpace(pool), 0);
    check_that("pool-try", !osMemoryPoolAlloc(pool, 0), "a fourth one");
    check_that("pool-timeout", !osMemoryPoolAlloc(pool, 100), "a fourth one");
    check_thread("waiter", waits, osPriorityHigh, 0);
    check_equal("pool-free", osMemoryPoolFree(pool, block[1]), osOK);
    check_that("pool-free-goes-to-waiter", got == block[1] && osMemoryPoolGetSpace(pool) == 0, "it did not");
    check_equal("pool-free-foreign", osMemoryPoolFree(pool, &pool), osErrorParameter);
    check_equal("pool-free-inside", osMemoryPoolFree(pool, block[0] + 4), osErrorParameter);
    check_equal("pool-free-null", osMemoryPoolFree(NULL, block[0]), osErrorParameter);
    osMemoryPoolFree(pool, block[0]);
    osMemoryPoolFree(pool, block[1]);
    osMemoryPoolFree(pool, block[2]);
    check_equal("pool-all-back", osMemoryPoolGetSpace(pool), 3);
    check_equal("pool-free-too-often", osMemoryPoolFree(pool, block[0]), osErrorResource);
    check_equal("pool-delete", osMemoryPoolDelete(pool), osOK);
    check_that("pool-deleted-is-invalid", !osMemoryPoolAlloc(pool, 0) && osMemoryPoolGetCapacity(pool) == 0, "it works");
}
