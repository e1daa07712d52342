/* SPDX-License-Identifier: Apache-2.0
 *
 * Results go out by semihosting: QEMU answers HLT #0xF000 itself, before any exception, so that
 * nothing below or beside the guest has a part in it. Without semihosting the HLT is undefined; then the
 * console has to do.
 */
#include "measure.h"

#include "console.h"
#include "fault.h"
#include "format.h"

#define SYS_WRITE0        0x04u
#define SYS_EXIT_EXTENDED 0x20u
#define EXIT_APPLICATION  0x20026u

static uint64_t semihosting(uint64_t operation, const void *argument)
{
    register uint64_t x0 __asm__("x0") = operation;
    register uint64_t x1 __asm__("x1") = (uint64_t)argument;

    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
}

static char line[160];
static uint32_t length;

static void put(void *context, char c)
{
    (void)context;
    if (length < sizeof(line) - 1)
        line[length++] = c;
}

static void __attribute__((format(printf, 1, 2))) send(const char *format, ...)
{
    va_list args;

    length = 0;
    va_start(args, format);
    format_to(put, NULL, format, args);
    va_end(args);
    line[length] = 0;
    fault_expect();
    semihosting(SYS_WRITE0, line);
    if (fault_taken(NULL))
        print("%s", line);
}

void report_absent(const char *name) { send("probe %s n/a\n", name); }

static void report_row(const char *name, int64_t least, int64_t median, int64_t most, uint32_t count)
{
    send("probe %s %ld %ld %ld n=%u\n", name, least, median, most, count);
}

void report_value(const char *name, int64_t value) { report_row(name, value, value, value, 1); }

void report_samples(const char *name, int32_t *samples, int64_t cost)
{
    uint32_t i, j;

    for (i = 1; i < SAMPLES; i++) { /* insertion sort */
        int32_t value = samples[i];

        for (j = i; j && samples[j - 1] > value; j--)
            samples[j] = samples[j - 1];
        samples[j] = value;
    }
    report_row(name, samples[0] - cost, samples[SAMPLES / 2] - cost, samples[SAMPLES - 1] - cost, SAMPLES);
}

void report_end(void)
{
    const uint64_t reason[2] = {EXIT_APPLICATION, 0};

    send("probe done\n");
    fault_expect();
    semihosting(SYS_EXIT_EXTENDED, reason);
    fault_taken(NULL); /* no semihosting: the partition is switched off instead */
}
