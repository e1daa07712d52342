/* SPDX-License-Identifier: Apache-2.0
 *
 * From typed bytes to a command, and its answer a line at a time. While an answer is on its way no other command is
 * taken: what is typed then is lost, and said to be.
 */
#include "monitor/monitor.h"

#include <stddef.h>

#include "config/config.h"
#include "console/console.h"
#include "lib/string.h"
#include "monitor/commands.h"

#define LINE_SIZE 64u
#define WORDS_MAX 3u /* json, a command, its argument */
#define KEY_BACKSPACE 0x08u
#define KEY_DELETE 0x7fu

static struct {
    char line[LINE_SIZE];
    uint32_t length;
    bool json;
    const struct command *command; /* whose answer is on its way; NULL if none is */
    uint64_t argument;
    uint32_t next; /* its next row */
} shell;

static uint32_t split(char *line, const char *words[WORDS_MAX])
{
    uint32_t count = 0;
    bool in_word = false;

    for (; *line != 0; line++) {
        bool is_space = *line == ' ';

        if (!is_space && !in_word) {
            if (count == WORDS_MAX)
                return WORDS_MAX + 1;
            words[count++] = line;
        }
        if (is_space)
            *line = 0;
        in_word = !is_space;
    }
    return count;
}

/* Decimal, or hexadecimal behind 0x. */
static bool read_number(const char *word, uint64_t *number)
{
    uint64_t base = 10;

    *number = 0;
    if (word[0] == '0' && word[1] == 'x') {
        base = 16;
        word += 2;
    }
    if (*word == 0)
        return false;
    for (; *word != 0; word++) {
        uint64_t digit;

        if (*word >= '0' && *word <= '9')
            digit = (uint64_t)(*word - '0');
        else if (base == 16 && *word >= 'a' && *word <= 'f')
            digit = (uint64_t)(*word - 'a') + 10;
        else
            return false;
        *number = *number * base + digit;
    }
    return true;
}

static bool read_argument(const struct command *c, const char *word, uint64_t *argument)
{
    *argument = NO_ARGUMENT;
    if (!c->wants_partition)
        return word == NULL || read_number(word, argument);
    for (uint32_t id = 0; word != NULL && id < HV_PARTITION_COUNT; id++) {
        if (string_equal(config_partition(id)->name, word)) {
            *argument = id;
            return true;
        }
    }
    return false;
}

static void refuse(const char *about, const char *why)
{
    struct row row;

    row_start(&row, about, shell.json);
    row_text(&row, "error", why);
    row_text(&row, "end", "refused");
    row_end(&row);
}

static void take_line(void)
{
    const char *words[WORDS_MAX] = { NULL };
    const struct command *c;
    uint32_t count, first;

    shell.line[shell.length] = 0;
    shell.length = 0;
    count = split(shell.line, words);
    shell.json = count > 0 && count <= WORDS_MAX && string_equal(words[0], "json");
    first = shell.json ? 1 : 0;
    if (count == first)
        return;
    c = count <= first + 2 ? command_find(words[first]) : NULL;
    if (c == NULL)
        refuse("monitor", "unknown command, try help");
    else if (!read_argument(c, count == first + 2 ? words[first + 1] : NULL, &shell.argument))
        refuse(c->name, c->wants_partition ? "no such partition" : "not a number");
    else {
        shell.command = c;
        shell.next = 0;
        monitor_step();
    }
}

void monitor_receive(uint8_t byte)
{
    if (shell.command != NULL) {
        if (byte == '\r')
            refuse("monitor", "busy, line lost");
        return;
    }
    if (byte == '\r' || byte == '\n')
        take_line();
    else if (byte == KEY_BACKSPACE || byte == KEY_DELETE)
        shell.length -= shell.length > 0;
    else if (byte >= ' ' && byte < KEY_DELETE && shell.length + 1 < LINE_SIZE)
        shell.line[shell.length++] = (char)byte;
}

void monitor_step(void)
{
    struct row row;

    if (shell.command == NULL)
        return;
    if (console_log_room() >= TEXT_SIZE) {
        row_start(&row, shell.command->name, shell.json);
        if (!shell.command->answer(&row, shell.next, shell.argument)) {
            row_start(&row, shell.command->name, shell.json);
            row_text(&row, "end", "ok");
            shell.command = NULL;
        }
        row_end(&row);
        shell.next++;
    }
    if (shell.command != NULL)
        console_call_again();
}
