/* SPDX-License-Identifier: Apache-2.0
 *
 * Rings, doorbell, byte budget and turns of the console, and what is typed.
 */
#include "lib/ring.h"
#include "console/stream.h"
#include "machine.h"
#include "regs/regs.h"

#define PERIOD (FAKE_COUNTER_HZ / 1000000 * HV_CONSOLE_PERIOD_US)
#define MOST_FOR_ONE_BYTE 40u /* a byte becomes at most this much of the stream */
#define COMMAND "\x1e"

static void start(void)
{
    machine_start();
    (void)console_said();
    fake.uart.sent_count = 0;
}

static uint32_t fill(uint32_t vcpu, uint32_t count)
{
    uint32_t done = 0;

    while (done < count && console_put(vcpu, (uint8_t)('a' + done % 26)))
        done++;
    return done;
}

static void drain_at(uint64_t time)
{
    fake.counter = time;
    on_pcpu(console_pcpu());
    console_drain();
}

static void a_period_sends_no_more_than_its_budget(void)
{
    uint32_t before, periods = 0;

    start();
    on_pcpu(0);
    CHECK_EQ(fill(0, RING_SIZE), RING_SIZE);
    for (uint64_t now = fake.counter + PERIOD; ring_room(&(struct ring){ 0 }) != console_room(0); now += PERIOD) {
        before = fake.uart.sent_count;
        for (uint32_t i = 0; i < 20; i++) /* asked often, at most once a period it sends */
            drain_at(now + i * (PERIOD / 20));
        CHECK(fake.uart.sent_count - before <= HV_CONSOLE_BUDGET_BYTES + MOST_FOR_ONE_BYTE);
        if (console_room(0) < RING_SIZE) { /* something is left: the timer brings EL2 back */
            CHECK_EQ(fake.cpu[console_pcpu()].reg[FAKE_cnthp_ctl_el2], 1);
            CHECK(fake.cpu[console_pcpu()].reg[FAKE_cnthp_cval_el2] > now);
            CHECK(fake.cpu[console_pcpu()].reg[FAKE_cnthp_cval_el2] <= fake.counter + PERIOD);
        }
        CHECK(++periods < 20);
    }
    CHECK(periods >= RING_SIZE / HV_CONSOLE_BUDGET_BYTES);
    CHECK_EQ(fake.cpu[console_pcpu()].reg[FAKE_cnthp_ctl_el2], 0); /* nothing to say, no timer */
}

static void the_doorbell_rings_once(void)
{
    start();
    on_pcpu(0);
    fake_irq(GIC_SGI_CONSOLE, 2)->pending = false;
    CHECK(console_put(0, 'a'));
    CHECK(fake_irq(GIC_SGI_CONSOLE, 2)->pending);
    fake_irq(GIC_SGI_CONSOLE, 2)->pending = false;
    on_pcpu(1);
    CHECK(console_put(1, 'b'));
    CHECK(!fake_irq(GIC_SGI_CONSOLE, 2)->pending);
    drain_at(fake.counter + PERIOD);
    on_pcpu(0);
    CHECK(console_put(0, 'c')); /* it had gone quiet */
    CHECK(fake_irq(GIC_SGI_CONSOLE, 2)->pending);
}

static void a_full_ring_is_that_guests_alone(void)
{
    start();
    on_pcpu(0);
    CHECK_EQ(fill(0, RING_SIZE + 10), RING_SIZE);
    CHECK(!console_put(0, 'x'));
    CHECK_EQ(console_room(0), 0);
    on_pcpu(1);
    CHECK_EQ(console_room(1), RING_SIZE);
    CHECK(console_put(1, 'y'));
    on_pcpu(0);
    struct text t;
    text_start(&t);
    text_string(&t, "heard");
    console_log(&t);
    CHECK(console_has("hv| heard\r\n"));
}

/* One that never stops talking does not keep the others waiting. */
static void everybody_gets_a_turn(void)
{
    start();
    on_pcpu(2);
    for (uint32_t n = 0; n < 50; n++) {
        on_pcpu(2);
        fill(2, RING_SIZE);
        if (n == 10) {
            on_pcpu(0);
            console_put(0, 'm');
            console_put(0, '\n');
            fake.uart.sent_count = 0;
        }
        drain_at(fake.counter + PERIOD);
        fake.uart.sent[fake.uart.sent_count] = 0;
        if (n == 12)
            CHECK(strstr((const char *)fake.uart.sent, "control| m\r\n") != NULL);
    }
}

static void a_slow_line_is_waited_for_by_nobody(void)
{
    uint32_t mask;

    start();
    fake.uart.instant = false;
    on_pcpu(0);
    fill(0, 200);
    drain_at(fake.counter + PERIOD); /* a byte to a full FIFO ends the test */
    CHECK_EQ(fake.uart.sent_count, FAKE_UART_FIFO);
    mask = fake.uart.reg[UARTIMSC / 4];
    CHECK(mask & field_mask(UARTIMSC, TXIM)); /* the UART says when it has room */
    for (uint32_t n = 0; n < 20; n++) {
        fake_uart_line_takes(16);
        drain_at(fake.counter);
    }
    CHECK_EQ(console_room(0), RING_SIZE);
    CHECK(!(fake.uart.reg[UARTIMSC / 4] & field_mask(UARTIMSC, TXIM)));
    CHECK(fake.uart.reg[UARTIMSC / 4] & field_mask(UARTIMSC, RXIM));
}

/* A timer whose time is over interrupts for as long as it is on: the guest of this pCPU would not get on. */
static void the_timer_rests_while_the_fifo_is_full(void)
{
    const uint64_t *reg = fake.cpu[console_pcpu()].reg;

    start();
    on_pcpu(0);
    fill(0, RING_SIZE);
    drain_at(fake.counter + PERIOD);
    CHECK_EQ(reg[FAKE_cnthp_ctl_el2], 1); /* the budget is spent */
    fake.uart.instant = false;
    drain_at(fake.counter + PERIOD);
    CHECK(fake.uart.reg[UARTIMSC / 4] & field_mask(UARTIMSC, TXIM));
    CHECK_EQ(reg[FAKE_cnthp_ctl_el2], 0);
}

/* A boot loader's prompt, or what a reset cut off. */
static void the_first_line_begins_at_a_lines_start(void)
{
    machine_init();
    console_banner();
    CHECK(strncmp(console_said(), "\r\nhv| boot build=", 17) == 0);
}

static void lines_that_found_no_room_are_counted(void)
{
    struct text t;

    start();
    fake.uart.instant = false; /* nothing gets out */
    on_pcpu(0);
    text_start(&t);
    for (uint32_t i = 0; i < 199; i++)
        text_char(&t, 'l');
    for (uint32_t n = 0; n < 9; n++)
        console_log(&t);
    fake.uart.instant = true;
    fake.uart.fifo_used = 0;
    (void)console_said();
    console_log(&t);
    CHECK(console_has(" (4 lines lost before)\r\n"));
}

static void a_line_that_is_cut_still_ends(void)
{
    struct text t;

    start();
    on_pcpu(0);
    text_start(&t);
    for (uint32_t i = 0; i < 300; i++)
        text_char(&t, 'l');
    console_log(&t);
    text_start(&t);
    text_string(&t, "next");
    console_log(&t);
    CHECK(console_has("lll\r\nhv| next\r\n"));
}

static void room_is_told_when_half_is_free(void)
{
    start();
    on_pcpu(0);
    fill(0, RING_SIZE);
    console_want_room(0);
    fake_irq(GIC_SGI_KICK, 0)->pending = false;
    drain_at(fake.counter + PERIOD); /* 256 bytes */
    CHECK(!fake_irq(GIC_SGI_KICK, 0)->pending);
    drain_at(fake.counter + PERIOD);
    drain_at(fake.counter + PERIOD);
    CHECK(fake_irq(GIC_SGI_KICK, 0)->pending);
}

/* ---- input ---- */

static struct console_input got[64];
static uint32_t got_count;

static void type(const char *keys)
{
    got_count = 0;
    on_pcpu(console_pcpu());
    fake_uart_input(keys, (uint32_t)strlen(keys));
    while (got_count < 64 && console_receive(&got[got_count]))
        got_count++;
}

static void input_goes_to_nobody_at_first(void)
{
    start();
    type("hello");
    CHECK_EQ(got_count, 5);
    for (uint32_t i = 0; i < got_count; i++)
        CHECK_EQ(got[i].partition, STREAM_HV);
}

static void focus_is_switched_by_number_and_name(void)
{
    static const uint32_t focused[] = { STREAM_HV, ROGUE, CONTROL, STREAM_HV, CONTROL, STREAM_HV };

    start();
    type("a" COMMAND "2b" COMMAND "control\rc" COMMAND "hv\nd" COMMAND "1e" COMMAND "0f");
    CHECK_EQ(got_count, 6);
    for (uint32_t i = 0; i < got_count; i++) {
        CHECK_EQ(got[i].partition, focused[i]);
        CHECK_EQ(got[i].byte, 'a' + i);
    }
    CHECK(console_has("hv| focus rogue\r\nhv| focus control\r\nhv| focus hv\r\nhv| focus control\r\nhv| focus hv\r\n"));
}

static void what_does_not_exist_changes_nothing(void)
{
    start();
    type(COMMAND "1" COMMAND "9x" COMMAND "nobody\ry" COMMAND "rog\x1bz" COMMAND " w");
    CHECK_EQ(got_count, 4);
    for (uint32_t i = 0; i < got_count; i++)
        CHECK_EQ(got[i].partition, CONTROL);
    CHECK_EQ(got[0].byte, 'x');
    CHECK_EQ(got[1].byte, 'y');
    CHECK_EQ(got[2].byte, 'z');
    CHECK_EQ(got[3].byte, 'w');
    CHECK(console_has("hv| focus unchanged: no such partition; Ctrl-^ ? lists them\r\n"));
}

static void the_command_key_itself_can_be_sent(void)
{
    start();
    type(COMMAND "1" COMMAND COMMAND "q");
    CHECK_EQ(got_count, 2);
    CHECK_EQ(got[0].byte, 0x1e);
    CHECK_EQ(got[1].byte, 'q');
}

static void a_name_may_be_longer_than_any(void)
{
    start();
    type(COMMAND "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    type("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r" COMMAND "1k");
    CHECK_EQ(got_count, 1);
    CHECK_EQ(got[0].byte, 'k');
}

static void the_speakers_are_listed(void)
{
    start();
    type(COMMAND "?");
    CHECK(console_has("hv| boot build=0123456789abcdef count=1 pcpus=3 partitions=2 gic=v3\r\n"
                      "hv| speaker 1 control\r\nhv| speaker 2 rogue\r\n"));
}

static void every_key_is_harmless(void)
{
    char keys[33] = { 0 };

    start();
    for (uint32_t n = 0; n < 20000; n++) {
        for (uint32_t i = 0; i < 32; i++)
            keys[i] = check_below(4) ? (char)(1 + check_below(255)) : "\x1e" "01?r\r"[check_below(6)];
        type(keys);
        for (uint32_t i = 0; i < got_count; i++)
            CHECK(got[i].partition <= STREAM_HV);
        (void)console_said();
        fake.uart.sent_count = 0;
    }
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(a_period_sends_no_more_than_its_budget);
    RUN(the_doorbell_rings_once);
    RUN(a_full_ring_is_that_guests_alone);
    RUN(everybody_gets_a_turn);
    RUN(a_slow_line_is_waited_for_by_nobody);
    RUN(the_timer_rests_while_the_fifo_is_full);
    RUN(the_first_line_begins_at_a_lines_start);
    RUN(lines_that_found_no_room_are_counted);
    RUN(a_line_that_is_cut_still_ends);
    RUN(room_is_told_when_half_is_free);
    RUN(input_goes_to_nobody_at_first);
    RUN(focus_is_switched_by_number_and_name);
    RUN(what_does_not_exist_changes_nothing);
    RUN(the_command_key_itself_can_be_sent);
    RUN(a_name_may_be_longer_than_any);
    RUN(the_speakers_are_listed);
    RUN(every_key_is_harmless);
    return check_end();
}
