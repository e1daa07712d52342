/* SPDX-License-Identifier: Apache-2.0
 *
 * The word that keeps an image: written once, when `control`, which is essential, has run for 20 ms.
 */
#include "confirm/confirm.h"
#include "machine.h"

#define MS (FAKE_COUNTER_HZ / 1000)
#define WORD 0x89abcdefu /* of the build id 0123456789abcdef */
#define ERASED 0xffffffffu

static uint32_t woken; /* by the timer, of all steps */

/* Time goes on; whenever the draining pCPU's timer is due it is served, as console_serve() in trap/irq.c. */
static void run_ms(uint32_t ms)
{
    on_pcpu(console_pcpu());
    for (uint64_t end = fake.counter + ms * MS; fake.counter < end; fake.counter += MS / 10) {
        const uint64_t *reg = fake.cpu[fake.self].reg;

        if ((reg[FAKE_cnthp_ctl_el2] & 1) != 0 && reg[FAKE_cnthp_cval_el2] <= fake.counter) {
            woken++;
            console_drain();
            confirm_step();
        }
    }
}

static void begin(uint32_t there)
{
    machine_start();
    woken = 0;
    on_pcpu(console_pcpu());
    fake.flash.word = there;
    (void)console_said();
    confirm_start();
}

static void it_is_written_once_when_all_are_healthy(void)
{
    begin(ERASED);
    fake.flash.busy = 3;
    run_ms(19);
    CHECK_EQ(fake.flash.programs, 0);
    run_ms(10);
    CHECK_EQ(fake.flash.word, WORD);
    CHECK(strstr(console_said(), "hv| confirmed, build=0123456789abcdef") != NULL);
    run_ms(200);
    CHECK_EQ(fake.flash.programs, 1);
    CHECK_EQ(fake.flash.command, 0xff); /* as the boot loader reads it */
    CHECK(woken < 12);                  /* one wait, a few polls, then never again */
}

static void console_traffic_does_not_lose_the_wake(void)
{
    begin(ERASED);
    for (uint32_t n = 0; n < 40; n++) {
        run_ms(1);
        on_pcpu(console_pcpu());
        (void)console_put(0, 'x');
        console_drain();
    }
    CHECK_EQ(fake.flash.word, WORD);
}

static void a_restart_begins_the_wait_again(void)
{
    begin(ERASED);
    run_ms(15);
    on_pcpu(0);
    CHECK(part_end(CONTROL, PART_END_RESTART));
    machine_settle();
    run_ms(15);
    CHECK_EQ(fake.flash.programs, 0);
    run_ms(20);
    CHECK_EQ(fake.flash.word, WORD);
}

static void a_partition_that_is_off_is_not_healthy(void)
{
    begin(ERASED);
    on_pcpu(0);
    CHECK(part_end(CONTROL, PART_END_OFF));
    machine_settle();
    run_ms(200);
    CHECK_EQ(fake.flash.programs, 0);
    CHECK(woken < 15); /* one look each 20 ms */
}

static void what_is_there_already_stays(void)
{
    begin(WORD);
    run_ms(50);
    CHECK(strstr(console_said(), "hv| confirmed before, build=0123456789abcdef") != NULL);
    CHECK_EQ(fake.flash.programs, 0);
}

static void what_is_not_erased_is_not_written(void)
{
    begin(0x12345678);
    run_ms(50);
    CHECK(strstr(console_said(), "hv| not confirmed: its place is not erased") != NULL);
    CHECK_EQ(fake.flash.programs, 0);
    CHECK_EQ(fake.flash.word, 0x12345678);
}

static void a_flash_that_fails_is_told_of(void)
{
    begin(ERASED);
    fake.flash.errors = 0x10;
    run_ms(50);
    CHECK(strstr(console_said(), "hv| not confirmed: the flash did not take it") != NULL);
}

static void a_flash_that_stays_busy_is_not_asked_for_ever(void)
{
    begin(ERASED);
    fake.flash.busy = 1u << 30;
    run_ms(1500);
    CHECK(strstr(console_said(), "hv| not confirmed: the flash did not take it") != NULL);
    CHECK(woken < 1100);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(it_is_written_once_when_all_are_healthy);
    RUN(console_traffic_does_not_lose_the_wake);
    RUN(a_restart_begins_the_wait_again);
    RUN(a_partition_that_is_off_is_not_healthy);
    RUN(what_is_there_already_stays);
    RUN(what_is_not_erased_is_not_written);
    RUN(a_flash_that_stays_busy_is_not_asked_for_ever);
    RUN(a_flash_that_fails_is_told_of);
    return check_end();
}
