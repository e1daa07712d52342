/* SPDX-License-Identifier: Apache-2.0
 *
 * WAITING until all essential partitions are healthy, WRITING until the flash has taken the word, OVER.
 * The flash is left in its array state, in which the boot loader reads it. What stands there already, a
 * boot loader that erases it before it tries an image takes away.
 */
#include "confirm/confirm.h"

#include "config/config.h"
#include "console/console.h"
#include "dev/cfi.h"
#include "dev/htimer.h"
#include "lib/format.h"
#include "part/part.h"

#define ERASED     0xffffffffu
#define OTHER_WORD 0x5a5a5a5au /* of a build id that would look like erased or worn flash */
#define POLL_US    1000u
#define POLLS_MAX  1000u
#define ID_DIGITS  16u
#define ID_USED    8u /* the last ones */

static struct {
    enum { OVER, WAITING, WRITING } state;
    uint32_t polls;
    uint64_t due;
} confirm;

/* The last 32 bits of the build id: what the boot loader's record says too. */
static uint32_t own_word(void)
{
    uint32_t word = 0;

    for (uint32_t i = ID_DIGITS - ID_USED; i < ID_DIGITS; i++) {
        uint32_t c = (uint8_t)hv_config_header.build_id[i];

        word = word << 4 | (c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    return word != 0 && word != ERASED ? word : OTHER_WORD;
}

/* How long it takes at least until every essential partition is healthy; 0: they are. */
static uint64_t ticks_to_health(void)
{
    uint64_t wanted = htimer_ticks(config_global()->confirm_after_us);
    uint64_t left = 0;

    for (uint32_t id = 0; id < HV_PARTITION_COUNT; id++) {
        uint64_t up = config_partition(id)->essential ? part_up_ticks(id) : wanted;

        if (up < wanted && wanted - up > left)
            left = wanted - up;
    }
    return left;
}

static void call_in(uint64_t ticks)
{
    confirm.due = htimer_now() + ticks;
    console_wake_at(confirm.due);
}

static void end(const char *what)
{
    struct text t;

    confirm.state = OVER;
    console_wake_at(0);
    text_start(&t);
    text_string(&t, what);
    text_string(&t, hv_config_header.build_id);
    console_log(&t);
}

static void wait(void)
{
    pa_t place = config_global()->confirm;
    uint64_t left = ticks_to_health();
    uint32_t word;

    if (left != 0) {
        call_in(left);
        return;
    }
    word = cfi_read(place);
    if (word == own_word()) {
        end("confirmed before, build=");
    } else if (word != ERASED) {
        end("not confirmed: its place is not erased, build=");
    } else {
        cfi_program(place, own_word());
        confirm.state = WRITING;
        confirm.polls = 0;
        call_in(htimer_ticks(POLL_US));
    }
}

static void write(void)
{
    pa_t place = config_global()->confirm;
    enum cfi_result result = cfi_poll(place);

    if (result == CFI_BUSY && ++confirm.polls < POLLS_MAX)
        call_in(htimer_ticks(POLL_US));
    else if (result == CFI_DONE && cfi_read(place) == own_word())
        end("confirmed, build=");
    else
        end("not confirmed: the flash did not take it, build=");
}

void confirm_start(void)
{
    confirm.state = WAITING;
    call_in(htimer_ticks(config_global()->confirm_after_us));
}

void confirm_step(void)
{
    if (confirm.state == OVER || htimer_now() < confirm.due)
        return;
    if (confirm.state == WAITING)
        wait();
    else
        write();
}
