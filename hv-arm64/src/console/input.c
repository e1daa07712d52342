/* SPDX-License-Identifier: Apache-2.0
 *
 * What is typed: goes to the partition that has the focus, but for the commands behind Ctrl-^.
 * docs/console.md, "Input". On the draining pCPU alone.
 */
#include "config/config.h"
#include "console/console.h"
#include "console/stream.h"
#include "dev/uart.h"
#include "lib/string.h"

#define KEY_COMMAND 0x1eu /* Ctrl-^ */
#define KEY_ESCAPE 0x1bu

enum input_state { INPUT_PLAIN, INPUT_COMMAND, INPUT_NAME };
static struct {
    enum input_state state;
    uint32_t length;
    char name[HV_NAME_SIZE];
} input;

static void set_focus(uint32_t speaker)
{
    struct text t;

    console_set_focus(speaker);
    text_start(&t);
    text_string(&t, "focus ");
    text_string(&t, speaker == STREAM_HV ? "hv" : config_partition(speaker)->name);
    console_log(&t);
}

static bool speaker_by_name(const char *name, uint32_t *speaker)
{
    for (uint32_t id = 0; id < HV_PARTITION_COUNT; id++) {
        if (string_equal(config_partition(id)->name, name)) {
            *speaker = id;
            return true;
        }
    }
    *speaker = STREAM_HV;
    return string_equal("hv", name);
}

static void list_speakers(void)
{
    struct text t;

    console_banner();
    for (uint32_t id = 0; id < HV_PARTITION_COUNT; id++) {
        text_start(&t);
        text_string(&t, "speaker ");
        text_decimal(&t, id + 1);
        text_string(&t, " ");
        text_string(&t, config_partition(id)->name);
        console_log(&t);
    }
}

static void unknown_speaker(void)
{
    struct text t;

    text_start(&t);
    text_string(&t, "focus unchanged: no such partition; Ctrl-^ ? lists them");
    console_log(&t);
}

/* The byte after Ctrl-^. True if it is to be sent to the focused guest. */
static bool command_key(uint8_t byte)
{
    input.state = INPUT_PLAIN;
    if (byte == KEY_COMMAND)
        return true;
    if (byte == '?') {
        list_speakers();
    } else if (byte >= '0' && byte <= '9') {
        uint32_t digit = byte - (uint32_t)'0';

        if (digit <= HV_PARTITION_COUNT)
            set_focus(digit == 0 ? STREAM_HV : digit - 1);
        else
            unknown_speaker();
    } else if (byte > ' ' && byte < 0x7f) {
        input.state = INPUT_NAME;
        input.name[0] = (char)byte;
        input.length = 1;
    }
    return false;
}

static void name_key(uint8_t byte)
{
    uint32_t speaker;

    if (byte == '\r' || byte == '\n') {
        input.name[input.length] = 0;
        input.state = INPUT_PLAIN;
        if (speaker_by_name(input.name, &speaker))
            set_focus(speaker);
        else
            unknown_speaker();
    } else if (byte == KEY_ESCAPE) {
        input.state = INPUT_PLAIN;
    } else if (input.length + 1 < HV_NAME_SIZE) {
        input.name[input.length++] = (char)byte;
    }
}

bool console_receive(struct console_input *in)
{
    uint8_t byte;

    while (uart_get(&byte)) {
        bool send = false;

        switch (input.state) {
        case INPUT_PLAIN:
            send = byte != KEY_COMMAND;
            if (!send)
                input.state = INPUT_COMMAND;
            break;
        case INPUT_COMMAND:
            send = command_key(byte);
            break;
        case INPUT_NAME:
            name_key(byte);
            break;
        }
        if (send) {
            in->partition = console_focus();
            in->byte = byte;
            return true;
        }
    }
    return false;
}
