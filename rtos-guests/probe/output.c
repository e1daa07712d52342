/* SPDX-License-Identifier: Apache-2.0
 *
 * Results go out by semihosting: QEMU answers HLT #0xF000 itself, before any exception, so that
 * nothing below or beside the guest has a part in it. Without semihosting the HLT is undefined; then the
 * console has to do.
 */
#include "probe.h"

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

static void put(char c)
{
    if (length < sizeof(line) - 1)
        line[length++] = c;
}

static void put_text(const char *text)
{
    while (*text)
        put(*text++);
}

static void put_number(int64_t value)
{
    char digits[20];
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint32_t count = 0;

    if (value < 0)
        put('-');
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    while (count)
        put(digits[--count]);
}

static void send(void)
{
    put('\n');
    line[length] = 0;
    fault_expect();
    semihosting(SYS_WRITE0, line);
    if (fault_taken(NULL))
        print("%s", line);
    length = 0;
}

void report_absent(const char *name)
{
    put_text("probe ");
    put_text(name);
    put_text(" n/a");
    send();
}

static void report_row(const char *name, int64_t least, int64_t median, int64_t most, uint32_t count)
{
    put_text("probe ");
    put_text(name);
    put(' ');
    put_number(least);
    put(' ');
    put_number(median);
    put(' ');
    put_number(most);
    put_text(" n=");
    put_number(count);
    send();
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

    put_text("probe done");
    send();
    fault_expect();
    semihosting(SYS_EXIT_EXTENDED, reason);
    fault_taken(NULL); /* no semihosting: the partition is switched off instead */
}
