/* SPDX-License-Identifier: Apache-2.0
 *
 * System registers, recorded operations, ends of the world, and what replaces the parts of arch/
 * that are assembly or end the machine.
 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/crash.h"
#include "arch/fp.h"
#include "arch/guest_shared.h"
#include "arch/pcpu.h"
#include "hv_counts.h"
#include "lib/bug.h"
#include "trap/trap.h"

struct fake fake;

#define PCPU_STACK 4096u
static struct {
    _Alignas(16) uint8_t stack[PCPU_STACK];
    struct pcpu pcpu;
} blocks[FAKE_PCPUS];

static struct hv_crash_record previous_crash;

static const char *const sysreg_names[] = {
#define FAKE_SYSREG(name) "msr " #name,
    FAKE_SYSREGS(FAKE_SYSREG)
#undef FAKE_SYSREG
};

void fake_reset(void)
{
    memset(&fake, 0, sizeof(fake));
    memset(blocks, 0, sizeof(blocks));
    fake.boot_count = 1;
    fake.uart.instant = true;
    fake.flash = (struct fake_flash){ .word = 0xffffffff, .command = 0xff, .locked = true };
    for (uint32_t i = 0; i < FAKE_PCPUS; i++) {
        uint64_t *reg = fake.cpu[i].reg;

        blocks[i].pcpu.id = i;
        blocks[i].pcpu.stack_top = (uint64_t)(uintptr_t)(blocks[i].stack + PCPU_STACK);
        blocks[i].pcpu.frame = (struct frame *)(blocks[i].pcpu.stack_top - FRAME_SIZE);
        blocks[i].pcpu.lr_count = 4;
        blocks[i].pcpu.counter_hz = FAKE_COUNTER_HZ;
        reg[FAKE_cntfrq_el0] = FAKE_COUNTER_HZ;
        reg[FAKE_ctr_el0] = 0x84448004; /* DminLine 4: lines of 64 bytes, as Cortex-A53 */
        reg[FAKE_dczid_el0] = 4;        /* DC ZVA of 64 bytes */
        reg[FAKE_midr_el1] = 0x410fd034;
        reg[FAKE_ICH_VTR_EL2] = 4ull << 29 | 4ull << 26 | 3; /* 5 priority and preemption bits, 4 LRs */
    }
    fake_gic_reset();
}

void fake_record_start(void)
{
    fake.event_count = 0;
    fake.recording = true;
}

static void record(const char *what, uint64_t value, bool has_value)
{
    if (!fake.recording)
        return;
    if (fake.event_count == FAKE_EVENTS) {
        fprintf(stderr, "more than %u recorded events\n", FAKE_EVENTS);
        abort();
    }
    fake.event[fake.event_count++] = (struct fake_event){ what, value, has_value };
}

void fake_op(const char *what)
{
    record(what, 0, false);
}

void fake_op_address(const char *what, uint64_t va)
{
    record(what, va, true);
    if (strcmp(what, "dc zva") == 0)
        memset((void *)(uintptr_t)(va & ~63ull), 0, 64);
}

uint64_t fake_sysreg_read(enum fake_sysreg reg)
{
    switch (reg) {
    case FAKE_cntpct_el0:
        return fake.counter;
    case FAKE_ICC_IAR1_EL1:
        return fake_gic_ack();
    case FAKE_ICH_ELRSR_EL2:
        return fake_lr_elrsr();
    case FAKE_ICH_EISR_EL2:
        return fake_lr_eisr();
    case FAKE_isr_el1:
        return fake_gic_pending(fake.self) ? 1u << 7 : 0;
    default:
        return fake.cpu[fake.self].reg[reg];
    }
}

void fake_sysreg_write(enum fake_sysreg reg, uint64_t value)
{
    record(sysreg_names[reg], value, true);
    switch (reg) {
    case FAKE_ICC_SGI1R_EL1:
        fake_gic_sgi(value);
        break;
    case FAKE_ICC_DIR_EL1:
        fake_gic_deactivate((uint32_t)value);
        break;
    default:
        fake.cpu[fake.self].reg[reg] = value;
        break;
    }
}

uint64_t fake_pcpu_base(void)
{
    return (uint64_t)(uintptr_t)&blocks[fake.self].pcpu;
}

/* CRC-32C (Castagnoli), bit by bit, as CRC32CX computes it: Arm DDI 0487, "CRC32CB". */
uint32_t fake_crc32c(uint32_t crc, uint64_t word)
{
    for (uint32_t byte = 0; byte < 8; byte++) {
        crc ^= (uint32_t)(word >> (8 * byte)) & 0xff;
        for (uint32_t bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    return crc;
}

uint64_t fake_firmware(const char *by, uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    fake.firmware_by = by;
    fake.firmware_call[0] = id;
    fake.firmware_call[1] = a;
    fake.firmware_call[2] = b;
    fake.firmware_call[3] = c;
    fake.firmware_count++;
    return fake.firmware_answer;
}

uint64_t fake_uart_read(uint64_t offset);
void fake_uart_write(uint64_t offset, uint32_t value);

uint32_t fake_flash_read(void);
void fake_flash_write(uint32_t value);

uint64_t fake_mmio_read(uint64_t address, uint32_t size)
{
    uint64_t value;

    if (address == FAKE_FLASH && size == 4)
        return fake_flash_read();
    if (address - FAKE_UART < 0x1000)
        return fake_uart_read(address - FAKE_UART);
    if ((HV_GIC_VERSION == 2 ? fake_gicv2_reads : fake_gic_reads)(address, size, &value))
        return value;
    fprintf(stderr, "read of %u bytes at 0x%llx, where no device is\n", size, (unsigned long long)address);
    abort();
}

void fake_mmio_write(uint64_t address, uint32_t size, uint64_t value)
{
    if (address == FAKE_FLASH && size == 4) {
        fake_flash_write((uint32_t)value);
    } else if (address - FAKE_UART < 0x1000) {
        fake_uart_write(address - FAKE_UART, (uint32_t)value);
    } else if (!(HV_GIC_VERSION == 2 ? fake_gicv2_writes : fake_gic_writes)(address, size, value)) {
        fprintf(stderr, "write of %u bytes at 0x%llx, where no device is\n", size, (unsigned long long)address);
        abort();
    }
}

/* ---- calls that do not return ---- */

_Noreturn void fake_stop(const char *why)
{
    if (fake.stop == NULL) {
        fprintf(stderr, "unexpected end: %s\n", why);
        abort();
    }
    fake.stopped_by = why;
    longjmp(*fake.stop, 1);
}

const char *fake_stopped(void (*call)(void *), void *argument)
{
    jmp_buf here;
    jmp_buf *outer = fake.stop;

    fake.stopped_by = NULL;
    fake.stop = &here;
    if (setjmp(here) == 0)
        call(argument);
    fake.stop = outer;
    return fake.stopped_by;
}

void fake_wfi(void)
{
    fake.cpu[fake.self].wfi_count++;
    if (fake.on_wfi != NULL)
        fake.on_wfi();
    else
        fake_stop("wfi");
}

_Noreturn void hv_bug(const char *what)
{
    static char text[160];

    snprintf(text, sizeof(text), "hv_bug: %s", what);
    fake_stop(text);
}

_Noreturn void entry_resume(struct frame *frame)
{
    fake.resumed = frame;
    fake_stop("entry_resume");
}

void fp_clear(void)
{
    fake_op("fp clear");
}

void guest_fp_save(struct guest_fp *fp)
{
    (void)fp;
    fake_op("fp save");
}

void guest_fp_load(const struct guest_fp *fp)
{
    (void)fp;
    fake_op("fp load");
}

uint64_t crash_boot_count(void)
{
    return fake.boot_count;
}

const struct hv_crash_record *crash_previous(void)
{
    return previous_crash.magic != 0 ? &previous_crash : NULL;
}

void crash_forget(void)
{
    previous_crash.magic = 0;
}
