/* SPDX-License-Identifier: Apache-2.0
 *
 * What a switch costs, for `./bulkhead bench`: how much longer than planned a partition is away. It has 100 us of 200 and
 * its neighbour the others. First nobody uses FP registers; once the physical count is past FP_AFTER_MS, both do.
 */
#include "guest.h"
#include "measure.h"
#include "window.h"

#define AWAY_NS     100000u
#define HOLE_NS     20000u
#define FP_AFTER_MS 200u /* of the physical count: the first part is over long before */

static int32_t samples[SAMPLES];

static inline void use_fp(uint64_t value)
{
    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\tmov v3.d[0], %0" : : "r"(value));
}

static uint64_t fp_after(void) { return timer_frequency() / 1000 * FP_AFTER_MS; }

static void measure_switch(const char *row, bool fp)
{
    uint64_t away = timer_frequency() / 1000 * AWAY_NS / 1000000;
    uint64_t hole = timer_frequency() / 1000 * HOLE_NS / 1000000;
    uint64_t last = sysreg_read(cntpct_el0);
    uint64_t loop = hole; /* once around: that much of what is seen is the loop's */
    uint32_t n = 0;

    while (n < SAMPLES) {
        uint64_t now;

        if (fp)
            use_fp(last);
        now = sysreg_read(cntpct_el0);
        if (now - last > hole)
            samples[n++] = (int32_t)(now - last - away);
        else if (now - last < loop)
            loop = now - last;
        last = now;
    }
    report_samples(row, samples, (int64_t)loop);
}

void bench_measure(void)
{
    measure_switch("switch_involuntary", false);
    while (sysreg_read(cntpct_el0) < fp_after() + fp_after() / 10)
        continue; /* and the neighbour has used them too */
    measure_switch("switch_involuntary_fp", true);
    report_end();
}

void bench_neighbour(void)
{
    while (sysreg_read(cntpct_el0) < fp_after())
        continue;
    for (;;)
        use_fp(1);
}

void bench_alone(void)
{
    report_absent("switch_involuntary");
    report_absent("switch_involuntary_fp");
    report_end();
}
