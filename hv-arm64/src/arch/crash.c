/* SPDX-License-Identifier: Apache-2.0
 *
 * Crash record and its printing. The only code that polls the UART; it calls nothing that could
 * fail again.
 */
#include "arch/crash.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "arch/ops.h"
#include "arch/pcpu.h"
#include "lib/bits.h"
#include "lib/bug.h"
#include "lib/format.h"
#include "lib/string.h"

#define VECTOR_BUG 16u
#define POLL_LIMIT 1000000u

static struct hv_record_page *page;
static bool (*send)(uint8_t byte);
static const char *build;
static _Atomic bool crashed; /* the first crash has the record and the UART; later ones only park */

void crash_init(pa_t record, bool (*uart_put)(uint8_t byte), const char *build_id)
{
    page = (struct hv_record_page *)record.pa;
    send = uart_put;
    build = build_id;
    if (page->boot_magic != HV_BOOT_MAGIC) {
        page->boot_count = 0;
        page->crash.magic = 0;
        page->boot_magic = HV_BOOT_MAGIC;
    }
    page->boot_count++;
}

uint64_t crash_boot_count(void)
{
    return page->boot_count;
}

const struct hv_crash_record *crash_previous(void)
{
    return page->crash.magic == HV_CRASH_MAGIC ? &page->crash : NULL;
}

void crash_forget(void)
{
    page->crash.magic = 0;
}

static void put(char c)
{
    uint32_t limit = POLL_LIMIT;

    while (!send((uint8_t)c) && limit-- > 0)
        op_cpu_relax();
}

__attribute__((noinline)) static void put_line(const struct text *t)
{
    for (uint32_t i = 0; i < t->length; i++)
        put(t->chars[i]);
    put('\r');
    put('\n');
}

static void print(const struct hv_crash_record *r)
{
    const uint8_t *bytes = (const uint8_t *)r;
    struct text t;

    text_start(&t);
    text_string(&t, "\r\nhv| CRASH on pcpu ");
    text_decimal(&t, r->pcpu);
    text_string(&t, ": ");
    text_string(&t, r->text);
    text_string(&t, " esr=");
    text_hex(&t, r->esr);
    text_string(&t, " elr=");
    text_hex(&t, r->elr);
    text_string(&t, " far=");
    text_hex(&t, r->far);
    put_line(&t);
    for (uint32_t i = 0; i < sizeof(*r); i += 32) {
        text_start(&t);
        text_string(&t, "hv| crash-record ");
        for (uint32_t k = i; k < i + 32 && k < sizeof(*r); k++)
            text_hex_fixed(&t, bytes[k], 2);
        put_line(&t);
    }
    text_start(&t);
    text_string(&t, "hv| CRASH end; ./bulkhead decode explains it");
    put_line(&t);
}

static _Noreturn void park(void)
{
    for (;;)
        op_wfi();
}

static _Noreturn void die(const uint64_t *x, uint64_t vector, uint64_t sp, uint64_t elr, const char *text)
{
    struct hv_crash_record *r = &page->crash;

    if (atomic_exchange(&crashed, true))
        park();
    r->magic = 0;
    r->version = HV_CRASH_VERSION;
    r->boot_count = page->boot_count;
    r->pcpu = pcpu_self()->id;
    r->vector = vector;
    r->esr = sysreg_read(esr_el2);
    r->far = sysreg_read(far_el2);
    r->elr = elr;
    r->spsr = sysreg_read(spsr_el2);
    r->hpfar = sysreg_read(hpfar_el2);
    r->sp = sp;
    for (uint32_t i = 0; i < ARRAY_COUNT(r->x); i++)
        r->x[i] = x != NULL ? x[i] : 0;
    memset(r->build_id, 0, sizeof(r->build_id));
    for (uint32_t i = 0; i + 1 < sizeof(r->build_id) && build[i] != 0; i++)
        r->build_id[i] = build[i];
    memset(r->text, 0, sizeof(r->text));
    for (uint32_t i = 0; i + 1 < sizeof(r->text) && text[i] != 0; i++)
        r->text[i] = text[i];
    op_dsb_sy();
    r->magic = HV_CRASH_MAGIC;
    for (uint64_t va = (uint64_t)r; va < (uint64_t)(r + 1); va += 16)
        op_dc_civac(va); /* a warm reset may drop what is only in a cache */
    op_dsb_sy();
    print(r);
    park();
}

_Noreturn void crash_exception(const uint64_t *x, uint64_t vector, uint64_t sp)
{
    die(x, vector, sp, sysreg_read(elr_el2), "exception at EL2");
}

_Noreturn void hv_bug(const char *what)
{
    die(NULL, VECTOR_BUG, (uint64_t)__builtin_frame_address(0), (uint64_t)__builtin_return_address(0), what);
}
