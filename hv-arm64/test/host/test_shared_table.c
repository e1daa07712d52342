/* SPDX-License-Identifier: Apache-2.0
 *
 * sched/shared_table.c: whose turn it is, when it ends, and what is counted, for the frame of pCPU 1 in the test plan.
 */
#include "machine.h"

#include "sched/shared_table.h"

#define ORIGIN 5000000u
#define US 1000u /* ticks: the fake counter runs at 1 GHz */
#define FRAME (1000u * US)

static struct table table;
static uint32_t ids[HV_VCPU_COUNT];

static void *who(uint32_t vcpu)
{
    ids[vcpu] = vcpu;
    return &ids[vcpu];
}

static uint32_t vcpu_of(struct turn t)
{
    return t.who == NULL ? HV_NONE : *(const uint32_t *)t.who;
}

static void begin(void)
{
    machine_init();
    on_pcpu(1);
    table_set_origin(ORIGIN);
    memset(table_accounts, 0, sizeof(table_accounts));
    struct turn first = table_begin(&table, who);

    CHECK_EQ(vcpu_of(first), HV_NONE);
    CHECK_EQ(first.until, ORIGIN);
}

static void turns_follow_the_plan_for_ever(void)
{
    static const struct { uint32_t vcpu, end_us; } plan[] = { { 1, 300 }, { 2, 500 }, { HV_NONE, 600 }, { 1, 1000 } };
    uint64_t now = ORIGIN;

    begin();
    for (uint32_t n = 0; n < 4000; n++) {
        struct turn t = table_next(&table, now);
        uint64_t frame = ORIGIN + n / 4 * FRAME;

        CHECK_EQ(vcpu_of(t), plan[n % 4].vcpu);
        CHECK_EQ(t.until, frame + plan[n % 4].end_us * US);
        now = t.until;
    }
    CHECK_EQ(table_account_of(1)->missed, 0);
    CHECK_EQ(table_account_of(1)->overruns, 0);
    CHECK_EQ(table_account_of(1)->ticks, 999 * 700 * US + 300 * US); /* the last turn is not over */
    CHECK_EQ(table_account_of(2)->ticks, 1000 * 200 * US);
    CHECK_EQ(table_account_of(HV_NONE)->ticks, 1000 * 100 * US);
}

static void a_late_end_moves_nobody(void)
{
    begin();
    struct turn t = table_next(&table, ORIGIN);

    t = table_next(&table, t.until + 11 * US); /* 300 us: over the limit of 10 */
    CHECK_EQ(vcpu_of(t), 2);
    CHECK_EQ(t.until, ORIGIN + 500 * US);
    CHECK_EQ(table_account_of(1)->overruns, 1);
    CHECK_EQ(table_account_of(2)->late_max, 11 * US);
    t = table_next(&table, t.until + 10 * US);
    CHECK_EQ(table_account_of(2)->overruns, 0);
    CHECK_EQ(table_account_of(2)->ticks, 199 * US);
}

static void a_window_that_is_over_is_missed(void)
{
    begin();
    table_next(&table, ORIGIN);
    struct turn t = table_next(&table, ORIGIN + 550 * US); /* past all of vCPU 2's */

    CHECK_EQ(vcpu_of(t), HV_NONE);
    CHECK_EQ(t.until, ORIGIN + 600 * US);
    CHECK_EQ(table_account_of(2)->missed, 1);
    CHECK_EQ(table_account_of(HV_NONE)->late_max, 50 * US);
}

static void a_pause_of_many_frames_is_caught_up_at_once(void)
{
    begin();
    table_next(&table, ORIGIN);
    struct turn t = table_next(&table, ORIGIN + 1000000ull * FRAME + 350 * US);

    CHECK_EQ(vcpu_of(t), 2);
    CHECK_EQ(t.until, ORIGIN + 1000000ull * FRAME + 500 * US);
    /* All in between, of which the first window of the first frame had begun. */
    CHECK_EQ(table_account_of(1)->missed, 2000000);
    CHECK_EQ(table_account_of(2)->missed, 1000000);
    CHECK_EQ(table_account_of(HV_NONE)->missed, 1000000);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(turns_follow_the_plan_for_ever);
    RUN(a_late_end_moves_nobody);
    RUN(a_window_that_is_over_is_missed);
    RUN(a_pause_of_many_frames_is_caught_up_at_once);
    return check_end();
}
