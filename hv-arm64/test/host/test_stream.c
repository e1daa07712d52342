/* SPDX-License-Identifier: Apache-2.0
 *
 * The tagged stream of docs/console.md: what each byte becomes, and that the stream can be taken
 * apart without loss. `--sample FILE` writes a random one for the SDK's reader to take apart.
 */
#include "check.h"
#include "console/stream.h"
#include "lib/bits.h"
#include "test_plan.h"

#define CONTROL_TAG "control| "

static struct stream s;
static char out[256];

static void start(void)
{
    memset(&s, 0, sizeof(s));
    s.focus = STREAM_HV;
}

/* What these bytes of a speaker become. */
static const char *say(uint32_t speaker, const char *bytes)
{
    uint32_t count = 0;

    for (; *bytes != 0; bytes++) {
        stream_byte(&s, speaker, (uint8_t)*bytes);
        for (uint32_t i = 0; i < s.out_count && count + 1 < sizeof(out); i++)
            out[count++] = (char)s.out[i];
    }
    out[count] = 0;
    return out;
}

static void a_line_has_its_tag(void)
{
    start();
    CHECK_TEXT(say(CONTROL, "one\n"), "control| one\r\n");
    CHECK_TEXT(say(ROGUE, "two\n"), "rogue| two\r\n");
    CHECK_TEXT(say(STREAM_HV, "three\n"), "hv| three\r\n");
    CHECK_TEXT(say(CONTROL, "\n"), "control| \r\n");
}

static void an_open_line_goes_on_after_an_interruption(void)
{
    start();
    CHECK_TEXT(say(CONTROL, "be"), "control| be");
    CHECK_TEXT(say(STREAM_HV, "x\n"), "\\\r\nhv| x\r\n");
    CHECK_TEXT(say(ROGUE, "y"), "rogue| y");
    CHECK_TEXT(say(CONTROL, "gin\n"), "\\\r\ncontrol|+ gin\r\n");
    CHECK_TEXT(say(ROGUE, "\n"), "rogue|+ \r\n");
    CHECK_TEXT(say(ROGUE, "z\n"), "rogue| z\r\n");
}

static void a_carriage_return_before_a_line_end_stays(void)
{
    start();
    CHECK_TEXT(say(CONTROL, "a\r\n"), "control| a\r\r\n");
    CHECK_TEXT(say(CONTROL, "a\rb\n"), "control| a\\x0db\r\n");
    CHECK_TEXT(say(CONTROL, "\r\r\n"), "control| \\x0d\r\r\n");
    CHECK_TEXT(say(CONTROL, "c\r"), "control| c");
    CHECK_TEXT(say(ROGUE, "d"), "\\\r\nrogue| d"); /* held until it is known what follows */
    CHECK_TEXT(say(CONTROL, "\n"), "\\\r\ncontrol|+ \r\r\n");
}

static void every_byte_of_an_unfocused_guest(void)
{
    char want[32], byte[2] = "?";

    for (uint32_t b = 1; b < 256; b++) {
        start();
        byte[0] = (char)b;
        if (b == '\n')
            snprintf(want, sizeof(want), CONTROL_TAG "\r\n");
        else if (b == '\r')
            want[0] = 0;
        else if (b == '\\')
            snprintf(want, sizeof(want), CONTROL_TAG "\\\\");
        else if ((b < 0x20 && b != '\t') || b >= 0x7f)
            snprintf(want, sizeof(want), CONTROL_TAG "\\x%02x", b);
        else
            snprintf(want, sizeof(want), CONTROL_TAG "%c", (char)b);
        CHECK_TEXT(say(CONTROL, byte), want);
    }
    start();
    stream_byte(&s, CONTROL, 0);
    CHECK_EQ(s.out_count, strlen(CONTROL_TAG "\\x00"));
}

static void every_byte_of_the_focused_guest(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        start();
        s.focus = CONTROL;
        stream_byte(&s, CONTROL, (uint8_t)b);
        if (b == '\n' || b == '\r' || b == '\\')
            continue; /* as above */
        CHECK_EQ(s.out_count, strlen(CONTROL_TAG) + 1);
        CHECK_EQ(s.out[s.out_count - 1], b);
    }
    start();
    s.focus = CONTROL;
    CHECK_TEXT(say(CONTROL, "\\\r\\\n"), CONTROL_TAG "\\\\\r\\\\\r\n");
    CHECK_TEXT(say(ROGUE, "\x1b"), "rogue| \\x1b");
}

/* Nothing a guest says looks like another's line. */
static void no_tag_can_be_forged(void)
{
    start();
    CHECK_TEXT(say(ROGUE, "a\\\r\nhv| b\n"), "rogue| a\\\\\r\r\nrogue| hv| b\r\n");
    s.focus = ROGUE;
    CHECK_TEXT(say(ROGUE, "a\rhv| b\n"), "rogue| a\rhv| b\r\n");
}

/* ---- taken apart again, by a reader written from docs/console.md ---- */

#define SPEAKERS STREAM_SPEAKERS
#define BYTES 4000u
static uint8_t said[SPEAKERS][BYTES], heard[SPEAKERS][BYTES];
static uint32_t said_count[SPEAKERS], heard_count[SPEAKERS];
static uint8_t whole[SPEAKERS * BYTES * 40u];
static uint32_t whole_count;

static const char *tag_of(uint32_t speaker)
{
    return speaker == STREAM_HV ? "hv" : config_partition(speaker)->name;
}

static uint32_t speaker_of(const uint8_t *line, uint32_t *body)
{
    for (uint32_t speaker = 0; speaker < SPEAKERS; speaker++) {
        uint32_t n = (uint32_t)strlen(tag_of(speaker));

        if (memcmp(line, tag_of(speaker), n) != 0 || line[n] != '|')
            continue;
        *body = n + (line[n + 1] == '+' ? 3 : 2);
        return speaker;
    }
    return SPEAKERS;
}

static void take_apart(void)
{
    for (uint32_t at = 0; at < whole_count;) {
        uint32_t end = at, body, speaker = speaker_of(whole + at, &body);
        bool goes_on = false;

        CHECK(speaker < SPEAKERS);
        while (end + 1 < whole_count && !(whole[end] == '\r' && whole[end + 1] == '\n'))
            end++;
        if (end + 1 >= whole_count)
            end = whole_count; /* a line that is open still */
        for (uint32_t i = at + body; i < end; i++) {
            uint32_t byte = whole[i];

            if (byte == '\\' && i + 1 == end) {
                goes_on = true;
                continue;
            }
            if (byte == '\\' && whole[i + 1] == 'x') {
                sscanf((const char *)whole + i + 2, "%2x", &byte);
                i += 3;
            } else if (byte == '\\') {
                i++;
            }
            heard[speaker][heard_count[speaker]++] = (uint8_t)byte;
        }
        if (!goes_on && end < whole_count)
            heard[speaker][heard_count[speaker]++] = '\n';
        at = end + 2;
    }
}

static uint8_t likely_byte(void)
{
    static const char likely[] = "ab \\\r\n\t|+x0\x1b\x7f\x80\xff";

    return check_below(3) ? (uint8_t)likely[check_below(sizeof(likely) - 1)] : (uint8_t)check_random();
}

static void speak(bool (*more)(void))
{
    uint32_t speaker = 0;

    start();
    memset(said_count, 0, sizeof(said_count));
    whole_count = 0;
    while (more()) {
        if (check_below(12) == 0)
            speaker = check_below(SPEAKERS);
        if (check_below(60) == 0)
            s.focus = check_below(SPEAKERS);
        if (said_count[speaker] == BYTES - 1)
            return;
        uint8_t byte = likely_byte();
        said[speaker][said_count[speaker]++] = byte;
        stream_byte(&s, speaker, byte);
        memcpy(whole + whole_count, s.out, s.out_count);
        whole_count += s.out_count;
    }
    for (speaker = 0; speaker < SPEAKERS; speaker++) { /* a CR at the very end is not sent before it is known */
        said[speaker][said_count[speaker]++] = 'e';
        stream_byte(&s, speaker, 'e');
        memcpy(whole + whole_count, s.out, s.out_count);
        whole_count += s.out_count;
    }
}

static uint32_t left;
static bool count_down(void)
{
    return left-- > 0;
}

static void nothing_is_lost(void)
{
    uint32_t rounds = check_long ? 2000 : 100;

    printf("# seed %llu\n", (unsigned long long)check_seed);
    for (uint32_t round = 0; round < rounds; round++) {
        left = 2000;
        speak(count_down);
        memset(heard_count, 0, sizeof(heard_count));
        take_apart();
        CHECK_STILL_OK();
        for (uint32_t speaker = 0; speaker < SPEAKERS; speaker++) {
            CHECK_EQ(heard_count[speaker], said_count[speaker]);
            CHECK(memcmp(heard[speaker], said[speaker], said_count[speaker]) == 0);
        }
    }
}

/* One line a speaker, `tag hex`, then `stream hex`. */
static void write_hex(FILE *file, const char *tag, const uint8_t *bytes, uint32_t count)
{
    fprintf(file, "%s ", tag);
    for (uint32_t i = 0; i < count; i++)
        fprintf(file, "%02x", bytes[i]);
    fprintf(file, "\n");
}

static int write_sample(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL)
        return 1;
    left = 9000;
    speak(count_down);
    for (uint32_t speaker = 0; speaker < SPEAKERS; speaker++)
        write_hex(file, tag_of(speaker), said[speaker], said_count[speaker]);
    write_hex(file, "stream", whole, whole_count);
    return fclose(file);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    if (argc == 5 && strcmp(argv[1], "--seed") == 0 && strcmp(argv[3], "--sample") == 0)
        return write_sample(argv[4]);
    RUN(a_line_has_its_tag);
    RUN(an_open_line_goes_on_after_an_interruption);
    RUN(a_carriage_return_before_a_line_end_stays);
    RUN(every_byte_of_an_unfocused_guest);
    RUN(every_byte_of_the_focused_guest);
    RUN(no_tag_can_be_forged);
    RUN(nothing_is_lost);
    return check_end();
}
