/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings, text, rings, buckets, the integrity code, the door to the tables.
 */
#include "arch/crc32c.h"
#include "check.h"
#include "config/config.h"
#include "lib/bits.h"
#include "lib/bucket.h"
#include "lib/format.h"
#include "lib/ring.h"
#include "lib/string.h"
#include "test_plan.h"

/* Every length and alignment up to a few words, with a margin that must not change. */
static void memory_functions_touch_what_they_should(void)
{
    static _Alignas(16) uint8_t from[256], to[256], want[256];

    for (uint32_t i = 0; i < 256; i++)
        from[i] = (uint8_t)(i * 7 + 1);
    for (uint32_t a = 0; a < 9; a++)
        for (uint32_t b = 0; b < 9; b++)
            for (uint32_t size = 0; size < 160; size++) {
                for (uint32_t i = 0; i < 256; i++)
                    to[i] = want[i] = 0xee;
                for (uint32_t i = 0; i < size; i++)
                    want[16 + a + i] = from[b + i];
                CHECK(memcpy(to + 16 + a, from + b, size) == to + 16 + a);
                CHECK(memcmp(to, want, 256) == 0);
                for (uint32_t i = 0; i < size; i++)
                    want[16 + a + i] = 0x5a;
                CHECK(memset(to + 16 + a, 0xf5a, size) == to + 16 + a);
                CHECK(memcmp(to, want, 256) == 0);
            }
}

static void strings_are_compared_to_their_end(void)
{
    CHECK(string_equal("", ""));
    CHECK(string_equal("rogue", "rogue"));
    CHECK(!string_equal("rogue", "rogu"));
    CHECK(!string_equal("rogu", "rogue"));
    CHECK(!string_equal("a", "b"));
}

static void numbers_are_written_as_they_are(void)
{
    static const struct { uint64_t value; const char *decimal, *hex; } cases[] = {
        { 0, "0", "0x0" }, { 9, "9", "0x9" }, { 10, "10", "0xa" }, { 4095, "4095", "0xfff" },
        { 0x123456789abcdef0, "1311768467463790320", "0x123456789abcdef0" },
        { ~0ull, "18446744073709551615", "0xffffffffffffffff" },
    };
    struct text t;

    for (uint32_t i = 0; i < ARRAY_COUNT(cases); i++) {
        text_start(&t);
        text_decimal(&t, cases[i].value);
        CHECK_TEXT(t.chars, cases[i].decimal);
        text_start(&t);
        text_hex(&t, cases[i].value);
        CHECK_TEXT(t.chars, cases[i].hex);
    }
    text_start(&t);
    text_hex_fixed(&t, 0xd503201f, 8);
    text_char(&t, ' ');
    text_hex_fixed(&t, 0x12345, 2);
    CHECK_TEXT(t.chars, "d503201f 45");
}

static void text_that_does_not_fit_is_cut(void)
{
    struct text t;

    text_start(&t);
    for (uint32_t i = 0; i < 2 * TEXT_SIZE; i++)
        text_char(&t, (char)('a' + i % 26));
    CHECK_EQ(t.length, TEXT_SIZE - 1);
    CHECK_EQ(strlen(t.chars), TEXT_SIZE - 1);
    text_decimal(&t, 12345);
    CHECK_EQ(t.length, TEXT_SIZE - 1);
}

static void a_ring_gives_what_it_took(void)
{
    static struct ring r;
    uint32_t in = 0, out = 0;
    uint8_t byte;
    char all[100];

    atomic_store(&r.head, 0xfffffff0u); /* the counts may wrap */
    atomic_store(&r.tail, 0xfffffff0u);
    for (uint32_t n = 0; n < 200000; n++) {
        uint32_t count = check_below(100);

        CHECK_EQ(ring_used(&r), in - out);
        CHECK_EQ(ring_room(&r), RING_SIZE - (in - out));
        switch (check_below(4)) {
        case 0:
            for (; count > 0; count--) {
                bool ok = ring_push(&r, (uint8_t)(in * 31));
                CHECK_EQ(ok, in - out < RING_SIZE);
                in += ok;
            }
            break;
        case 1: {
            for (uint32_t i = 0; i < count; i++)
                all[i] = (char)((in + i) * 31);
            bool ok = ring_push_all(&r, all, count);
            CHECK_EQ(ok, in - out + count <= RING_SIZE);
            in += ok ? count : 0;
            break;
        }
        default:
            for (; count > 0; count--) {
                bool ok = ring_pop(&r, &byte);
                CHECK_EQ(ok, in != out);
                if (ok)
                    CHECK_EQ(byte, (uint8_t)(out++ * 31));
            }
            break;
        }
    }
}

static void a_bucket_gives_so_many_and_then_one_a_step(void)
{
    struct bucket b = { 0 };

    for (uint32_t i = 0; i < 6; i++)
        CHECK(bucket_take(&b, 1000000, 100, 6));
    CHECK(!bucket_take(&b, 1000000, 100, 6));
    CHECK(!bucket_take(&b, 1000099, 100, 6));
    CHECK(bucket_take(&b, 1000100, 100, 6));
    CHECK(!bucket_take(&b, 1000199, 100, 6));
    CHECK(bucket_take(&b, 1000200, 100, 6));
    for (uint32_t i = 0; i < 6; i++)
        CHECK(bucket_take(&b, 9000000, 100, 6));
    CHECK(!bucket_take(&b, 9000000, 100, 6));
}

/* Two pCPUs take: one read the time before the other came and went. */
static void a_bucket_does_not_refill_from_the_past(void)
{
    struct bucket b = { 0 };

    for (uint32_t i = 0; i < 6; i++)
        CHECK(bucket_take(&b, 1000000, 100, 6));
    CHECK(!bucket_take(&b, 999999, 100, 6));
}

/* In no window of time more than at_once + window / step. */
static void a_bucket_is_never_exceeded(void)
{
    struct bucket b = { 0 };
    uint64_t now = 5000, taken[4096];
    uint32_t count = 0;

    for (uint32_t n = 0; n < 20000 && count < ARRAY_COUNT(taken); n++) {
        now += check_below(4) ? check_below(30) : check_below(900);
        if (bucket_take(&b, now, 100, 6))
            taken[count++] = now;
    }
    CHECK(count > 100);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = i; k < count && k < i + 40; k++)
            CHECK(k - i + 1 <= 6 + (taken[k] - taken[i]) / 100 + 1);
}

/* RFC 3720, appendix B.4. */
static void crc32c_is_castagnolis(void)
{
    uint64_t words[4] = { 0, 0, 0, 0 };
    uint64_t many[23];

    CHECK_EQ((uint32_t)~crc32c(CRC32C_START, words, 32), 0x8a9136aau);
    memset(words, 0xff, sizeof(words));
    CHECK_EQ((uint32_t)~crc32c(CRC32C_START, words, 32), 0x62a8ab43u);
    for (uint32_t i = 0; i < 32; i++)
        ((uint8_t *)words)[i] = (uint8_t)i;
    CHECK_EQ((uint32_t)~crc32c(CRC32C_START, words, 32), 0x46dd794eu);
    for (uint32_t i = 0; i < ARRAY_COUNT(many); i++)
        many[i] = check_random();
    for (uint32_t cut = 0; cut <= ARRAY_COUNT(many); cut++) /* in two parts as in one */
        CHECK_EQ(crc32c(crc32c(CRC32C_START, many, 8 * cut), many + cut, 8 * (ARRAY_COUNT(many) - cut)),
                 crc32c(CRC32C_START, many, sizeof(many)));
}

static void the_tables_are_verified(void)
{
    test_plan_fill();
    CHECK(config_verify() == NULL);
    for (uint32_t i = 0; i < CHECKED_BYTES; i++)
        for (uint32_t bit = 0; bit < 8; bit++) {
            test_checked[i] ^= (uint8_t)(1u << bit);
            CHECK(config_verify() != NULL);
            test_checked[i] ^= (uint8_t)(1u << bit);
        }
    CHECK(config_verify() == NULL);
}

static void places_are_found_by_their_bounds(void)
{
    CHECK_TEXT(config_place(0), "nothing");
    CHECK_TEXT(config_place(0x07ffffff), "nothing");
    for (uint32_t i = 0; i < HV_PLACE_COUNT; i++) {
        const struct hv_place_config *p = &hv_places[i];

        CHECK_TEXT(config_place(p->base.pa), p->what);
        CHECK_TEXT(config_place(p->base.pa + p->size - 1), p->what);
        CHECK(strcmp(config_place(p->base.pa + p->size), p->what) != 0);
    }
    CHECK_TEXT(config_place(~0ull), "nothing");
}

static void an_interrupt_outside_the_plan_has_no_owner(void)
{
    CHECK_EQ(config_irq_owner(40), CONTROL);
    CHECK_EQ(config_irq_owner(33), HV_OWNER_HV);
    CHECK_EQ(config_irq_owner(HV_INTID_COUNT), HV_NONE);
    CHECK_EQ(config_irq_owner(~0u), HV_NONE);
}

int main(int argc, char **argv)
{
    check_start(argc, argv);
    RUN(memory_functions_touch_what_they_should);
    RUN(strings_are_compared_to_their_end);
    RUN(numbers_are_written_as_they_are);
    RUN(text_that_does_not_fit_is_cut);
    RUN(a_ring_gives_what_it_took);
    RUN(a_bucket_gives_so_many_and_then_one_a_step);
    RUN(a_bucket_does_not_refill_from_the_past);
    RUN(a_bucket_is_never_exceeded);
    RUN(crc32c_is_castagnolis);
    RUN(the_tables_are_verified);
    RUN(places_are_found_by_their_bounds);
    RUN(an_interrupt_outside_the_plan_has_no_owner);
    return check_end();
}
