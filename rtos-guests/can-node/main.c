/* SPDX-License-Identifier: Apache-2.0
 *
 * can-node: one node of a CAN bus. It sends a numbered frame at a fixed rate, counts the frames of its peer, and
 * reports once a second. Boot arguments: tx=ID rx=ID rate=HZ phase=MICROSECONDS. See README.md.
 */
#include "guest.h"
#include "zynq_can.h"

struct second {
    uint32_t number, slots, ticks, missed, sent, received, lost;
    uint64_t late_max;
};

static struct zynq_can can;
static uint64_t tx = 0x100, rx = 0x200, rate = 100, phase_us; /* boot arguments */
static uint64_t period, deadline;
static uint32_t next_to_send, next_to_come;
static bool peer_known; /* its first frame says where its numbers stand */
static volatile struct second now, last; /* written by handlers */

static void send_frame(void)
{
    struct can_frame frame = {.id = (uint32_t)tx, .size = 8, .data = {next_to_send, ~next_to_send}};

    if (zynq_can_send(&can, &frame)) {
        next_to_send++;
        now.sent++;
    } else {
        now.lost++; /* one period's frame is not on the bus */
    }
}

static void tick(uint32_t intid)
{
    uint64_t late = timer_now() - deadline, skipped = late / period;

    (void)intid;
    send_frame();
    now.ticks++;
    now.slots += 1 + (uint32_t)skipped;
    now.missed += (uint32_t)skipped;
    if (late > now.late_max)
        now.late_max = late;
    if (now.slots >= rate) {
        last = now;
        now = (struct second){.number = last.number + 1, .slots = last.slots - (uint32_t)rate};
    }
    deadline += period * (1 + skipped);
    timer_set(deadline);
}

/* Numbers go up by one; a number below is a peer that began again. A frame whose halves disagree is lost. */
static void judge(const struct can_frame *frame)
{
    uint32_t number = frame->data[0];

    if (frame->id != rx)
        return;
    if (frame->size != 8 || frame->data[1] != ~number) {
        now.lost++;
        return;
    }
    now.received++;
    if (peer_known && number > next_to_come)
        now.lost += number - next_to_come;
    peer_known = true;
    next_to_come = number + 1;
}

static void frame_came(uint32_t intid)
{
    struct can_frame frame;

    (void)intid;
    zynq_can_status(&can);
    while (zynq_can_receive(&can, &frame))
        judge(&frame);
}

static void report(const volatile struct second *second)
{
    print("can: second=%u ticks=%u jitter_max_ns=%lu missed=%u sent=%u received=%u lost=%u overruns=%u errors=%u "
          "bus_off=%u tec=%u rec=%u\n",
          second->number, second->ticks, second->late_max * 1000000000u / timer_frequency(), second->missed,
          second->sent, second->received, second->lost, can.overruns, can.bus_errors, can.bus_off, zynq_can_tec(&can),
          zynq_can_rec(&can));
}

/* The next whole period of the counter and a phase: nodes with other phases send at other times. */
static void start_clock(void)
{
    period = timer_frequency() / rate;
    now.number = 1;
    irq_set_handler(MACHINE_INTID_VTIMER, tick);
    gic_enable(MACHINE_INTID_VTIMER);
    deadline = (timer_now() / period + 2) * period + timer_frequency() / 1000 * phase_us / 1000;
    timer_set(deadline);
}

void guest_main(void)
{
    uint32_t reported = 0;

    dtb_bootargs_number("tx=", 0, &tx);
    dtb_bootargs_number("rx=", 0, &rx);
    dtb_bootargs_number("rate=", 0, &rate);
    dtb_bootargs_number("phase=", 0, &phase_us);
    if (rate == 0 || rate > 10000 || !zynq_can_open(&can, frame_came)) {
        print("can: no controller, or no sensible rate\n");
        return;
    }
    print("can: start, sends 0x%lx, hears 0x%lx, %lu Hz\n", tx, rx, rate);
    start_clock();
    for (;;) {
        irq_mask();
        while (last.number == reported) {
            cpu_wfi();
            irq_unmask();
            irq_mask();
        }
        irq_unmask();
        reported = last.number;
        report(&last);
    }
}
