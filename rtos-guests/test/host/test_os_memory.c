/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's memory: blocks never overlap, are aligned and cleared, and all of it comes back together.
 */
#include "check.h"
#include "os.h"

#define BLOCKS 64

static void blocks_are_apart_and_come_back(void)
{
    static uint8_t arena[1 << 18] __attribute__((aligned(4096)));
    static uint8_t *block[BLOCKS];
    static uint32_t size[BLOCKS];
    struct os_memory_info info;
    uint32_t rounds = check_long ? 1000000 : 50000, i, at;

    os_memory_init(arena + 8, sizeof(arena) - 16);
    for (i = 0; i < rounds; i++) {
        uint32_t which = check_below(BLOCKS), alignment = 16u << check_below(9);

        if (block[which]) {
            for (at = 0; at < size[which]; at++)
                CHECK_EQ(block[which][at], which);
            os_memory_give(block[which]);
            block[which] = NULL;
            continue;
        }
        size[which] = 1 + check_below(check_below(4) ? 200 : 9000);
        block[which] = os_memory_take(size[which], alignment);
        if (!block[which])
            continue;
        CHECK_EQ((uint64_t)block[which] % alignment, 0);
        CHECK(block[which] >= arena + 8 && block[which] + size[which] <= arena + sizeof(arena) - 8);
        for (at = 0; at < size[which]; at++)
            CHECK_EQ(block[which][at], 0);
        memset(block[which], (int)which, size[which]);
    }
    for (i = 0; i < BLOCKS; i++)
        if (block[i])
            os_memory_give(block[i]);
    os_memory_info(&info);
    CHECK_EQ(info.used, 0);
    CHECK(os_memory_take(sizeof(arena) - 64, 16) != NULL);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    printf("seed %llu\n", (unsigned long long)check_seed);
    RUN(blocks_are_apart_and_come_back);
    return check_end();
}
