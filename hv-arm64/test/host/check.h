/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest test frame: each TEST prints `PASS name`, or `FAIL name: why` at its first check
 * that does not hold. Exit code 1 if one failed. `--long` asks for campaigns in full size,
 * `--seed N` repeats one.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char check_why[512];
static bool check_long;
static uint64_t check_seed;
static unsigned check_failed;

#define CHECK_WHY(...)                                                         \
    do {                                                                       \
        if (check_why[0] == 0) {                                               \
            int check_at = snprintf(check_why, 200, "line %d: ", __LINE__);    \
            snprintf(check_why + check_at, sizeof(check_why) - 200, __VA_ARGS__); \
        }                                                                      \
    } while (0)

/* In a test function: leave it when this does not hold. */
#define CHECK(cond)                   \
    do {                              \
        if (!(cond)) {                \
            CHECK_WHY("%s", #cond);   \
            return;                   \
        }                             \
    } while (0)

#define CHECK_EQ(a, b)                                                                     \
    do {                                                                                   \
        uint64_t check_a = (uint64_t)(a), check_b = (uint64_t)(b);                         \
        if (check_a != check_b) {                                                          \
            CHECK_WHY("%s is 0x%llx, not 0x%llx (%s)", #a, (unsigned long long)check_a,    \
                      (unsigned long long)check_b, #b);                                    \
            return;                                                                        \
        }                                                                                  \
    } while (0)

#define CHECK_TEXT(a, b)                                              \
    do {                                                              \
        const char *check_a = (a), *check_b = (b);                    \
        if (strcmp(check_a, check_b) != 0) {                          \
            CHECK_WHY("\"%s\" is not \"%s\"", check_a, check_b);      \
            return;                                                   \
        }                                                             \
    } while (0)

/* After a helper with checks of its own: leave this function too. */
#define CHECK_STILL_OK()          \
    do {                          \
        if (check_why[0] != 0)    \
            return;               \
    } while (0)

#define RUN(test) check_run(#test, test)

/* In a process of its own: each test begins with every variable of the hypervisor as at power on. */
static inline void check_run(const char *name, void (*test)(void))
{
    int status = 0;

    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct timespec began, ended;

        clock_gettime(CLOCK_MONOTONIC, &began);
        test();
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf("# %s took %.3f s\n", name,
               (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
        if (check_why[0] == 0)
            printf("PASS %s\n", name);
        else
            printf("FAIL %s: %s\n", name, check_why);
        fflush(NULL);
        _exit(check_why[0] != 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 1) {
        printf("FAIL %s: the test died (status 0x%x)\n", name, (unsigned)status);
        status = 1;
    }
    check_failed += status != 0;
}

static inline void check_start(int argc, char **argv)
{
    check_seed = (uint64_t)time(NULL);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--long") == 0)
            check_long = true;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            check_seed = strtoull(argv[++i], NULL, 0);
    }
}

static inline int check_end(void)
{
    return check_failed != 0;
}

/* xorshift64*: the campaigns' numbers, repeatable by seed on every host. */
static inline uint64_t check_random(void)
{
    static uint64_t state;
    static uint64_t seeded;

    if (state == 0 || seeded != check_seed) {
        seeded = check_seed;
        state = check_seed * 0x9e3779b97f4a7c15ull | 1;
    }
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

static inline uint32_t check_below(uint32_t limit)
{
    return (uint32_t)(check_random() >> 33) % limit;
}

#endif
