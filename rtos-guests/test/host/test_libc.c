/* SPDX-License-Identifier: Apache-2.0
 *
 * The guests' few functions of the C library against this machine's own, at random.
 */
#include <ctype.h>
#include <stdarg.h>

#include "check.h"

#define snprintf  guest_snprintf
#define vsnprintf guest_vsnprintf
#include "../../lib/libc/format.c"
#undef snprintf
#undef vsnprintf

#define memchr  guest_memchr
#define strnlen guest_strnlen
#define strlen  guest_strlen
#define strncmp guest_strncmp
#define strcmp  guest_strcmp
#define strchr  guest_strchr
#define strrchr guest_strrchr
#define strstr  guest_strstr
#define strcpy  guest_strcpy
#define strncpy guest_strncpy
#define strspn  guest_strspn
#define strcspn guest_strcspn
#include "../../lib/libc/string.c"
#undef memchr
#undef strnlen
#undef strlen
#undef strncmp
#undef strcmp
#undef strchr
#undef strrchr
#undef strstr
#undef strcpy
#undef strncpy
#undef strspn
#undef strcspn

#define TRIES (check_long ? 2000000 : 100000)

static int theirs(char *to, size_t size, const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = vsnprintf(to, size, format, args);
    va_end(args);
    return count;
}

static int ours(char *to, size_t size, const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = guest_vsnprintf(to, size, format, args);
    va_end(args);
    return count;
}

/* Flags that mean something for the conversion: others are undefined behaviour in C. */
static void any_directive(char *to, char kind)
{
    static const char *const lengths[] = {"", "hh", "h", "l", "ll", "z", "j", "t"};
    const char *flags = kind == 'd' ? "-+ 0" : kind == 'u' ? "-0" : kind == 's' || kind == 'c' ? "-" : "-#0";
    char text[40] = "<%", number[24];

    for (; *flags; flags++)
        if (check_below(3) == 0)
            snprintf(text + strlen(text), 2, "%c", *flags);
    if (check_below(2)) {
        snprintf(number, sizeof(number), "%u", 1 + check_below(30));
        strcat(text, number);
    }
    if (kind != 'c' && check_below(3) == 0) {
        snprintf(number, sizeof(number), ".%u", check_below(25));
        strcat(text, number);
    }
    if (kind != 's' && kind != 'c')
        strcat(text, lengths[check_below(8)]);
    snprintf(number, sizeof(number), "%c>", kind);
    strcat(text, number);
    strcpy(to, text);
}

static void numbers_and_text_come_out_as_elsewhere(void)
{
    static const char kinds[] = "duxXosc";
    char format[64], a[200], b[200];
    int i;

    for (i = 0; i < TRIES; i++) {
        char kind = kinds[check_below(7)];
        size_t size = check_below(4) ? sizeof(a) : check_below(20);
        uint64_t value = check_below(8) ? check_random() >> check_below(64) : 0;
        int got, wanted;

        memset(a, 0x55, sizeof(a));
        memset(b, 0x55, sizeof(b));
        any_directive(format, kind);
        if (kind == 's') {
            wanted = theirs(a, size, format, "some text");
            got = ours(b, size, format, "some text");
        } else if (kind == 'c') {
            wanted = theirs(a, size, format, 'a' + (int)(value % 26));
            got = ours(b, size, format, 'a' + (int)(value % 26));
        } else {
            wanted = theirs(a, size, format, value);
            got = ours(b, size, format, value);
        }
        if (got != wanted || memcmp(a, b, sizeof(a)) != 0) {
            CHECK_WHY("%s of 0x%llx: \"%.60s\" (%d), not \"%.60s\" (%d)", format, (unsigned long long)value, b, got, a, wanted);
            return;
        }
    }
}

static void stars_and_mixtures(void)
{
    char a[200], b[200];

    CHECK_EQ(ours(a, sizeof(a), "%*d|%-*d|%.*s|%%|%5%", 6, 42, 6, 42, 3, "abcdef"), 21);
    CHECK_TEXT(a, "    42|42    |abc|%|%");
    CHECK_EQ(ours(b, sizeof(b), "%*d|", -6, 7), 7);
    CHECK_TEXT(b, "7     |");
    ours(b, sizeof(b), "%s", (const char *)NULL);
    CHECK_TEXT(b, "(null)");
    ours(b, sizeof(b), "%p %u", (void *)0x1234, 5u);
    CHECK_TEXT(b, "0x1234 5");
}

static void what_is_not_supported_comes_out_as_it_is(void)
{
    char text[100];

    ours(text, sizeof(text), "%d %f %d", 1, 2.0, 3);
    CHECK_TEXT(text, "1 %f %d");
    ours(text, sizeof(text), "100 %", 0);
    CHECK_TEXT(text, "100 %");
    ours(text, sizeof(text), "%-08.3q", 0);
    CHECK_TEXT(text, "%-08.3q");
}

static int sign(int value) { return (value > 0) - (value < 0); }

static void strings_do_as_elsewhere(void)
{
    int i;

    for (i = 0; i < TRIES; i++) {
        char a[24], b[24], x[24], y[24];
        size_t n = check_below(24), at;
        int c = 'a' + (int)check_below(4);

        for (at = 0; at < 23; at++) {
            a[at] = (char)('a' + check_below(3));
            b[at] = (char)('a' + check_below(3));
        }
        a[check_below(23)] = b[check_below(4)] = a[23] = b[23] = 0;
        memset(x, 1, sizeof(x));
        memset(y, 1, sizeof(y));
        CHECK_EQ(guest_strlen(a), strlen(a));
        CHECK_EQ(guest_strnlen(a, n), strnlen(a, n));
        CHECK_EQ(sign(guest_strcmp(a, b)), sign(strcmp(a, b)));
        CHECK_EQ(sign(guest_strncmp(a, b, n)), sign(strncmp(a, b, n)));
        CHECK(guest_strchr(a, c) == strchr(a, c) && guest_strchr(a, 0) == strchr(a, 0));
        CHECK(guest_strrchr(a, c) == strrchr(a, c));
        CHECK(guest_strstr(a, b) == strstr(a, b));
        CHECK(guest_memchr(a, c, n) == memchr(a, c, n));
        CHECK_EQ(guest_strspn(a, b), strspn(a, b));
        CHECK_EQ(guest_strcspn(a, b), strcspn(a, b));
        guest_strncpy(x, a, n);
        strncpy(y, a, n);
        CHECK(memcmp(x, y, sizeof(x)) == 0);
        guest_strcpy(x, a);
        CHECK_TEXT(x, a);
    }
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    printf("seed %llu\n", (unsigned long long)check_seed);
    RUN(numbers_and_text_come_out_as_elsewhere);
    RUN(stars_and_mixtures);
    RUN(what_is_not_supported_comes_out_as_it_is);
    RUN(strings_do_as_elsewhere);
    return check_end();
}
