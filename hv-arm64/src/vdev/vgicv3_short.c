/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way to the registers of distributor and redistributor that guests use most, as words:
 * control, type, group and enable. The meaning is vgicv3_map.c's and vgic.c's; what needs more
 * than a look at one word of interrupts is left to them.
 */
#include "lib/bits.h"
#include "regs/regs.h"
#include "vdev/vgic_state.h"
#include "vdev/vgicv3_short.h"

#define BLOCK(offset) (((offset) & 0xfff) / 0x80)

static const struct vgic_answer not_here;

static struct vgic_answer answer(uint64_t value)
{
    return (struct vgic_answer){ value, 1 };
}

static bool is_spi_word(uint32_t number)
{
    return number - 1 < HV_IRQ_WORDS - 1;
}

static struct vgic_answer enable(struct vgic_cpu *cpu, struct vgic_word *w, uint32_t number, uint32_t value)
{
    uint32_t bits = value & cpu->common->present[number];

    if (bits == 0)
        return answer(0);
    uint32_t new = bits & ~atomic_fetch_or(&w->enabled, bits);
    uint32_t hw = bits & cpu->common->hardware[number];

    if (new & (vgic_load(&w->pending) | vgic_load(&w->level)))
        vgic_deliver_enabled(cpu, number, new);
    if (hw != 0)
        gic_enable_word(number, hw, cpu->pcpu);
    return answer(0);
}

/* A list register that holds anything, or another vCPU's, may have to be taken back; so has an entry for an SGI. */
static struct vgic_answer disable(struct vgic_cpu *cpu, struct vgic_word *w, uint32_t number, uint32_t value)
{
    uint32_t bits = value & cpu->common->present[number];

    if (bits == 0)
        return answer(0);
    if (gic_lr_empty() != cpu->lr_all || (number != 0 ? cpu->common->cpu_mask != 1 : (bits & VGIC_SGI_MASK) != 0))
        return not_here;
    uint32_t hw = bits & cpu->common->hardware[number];

    atomic_fetch_and(&w->enabled, ~bits);
    vgic_forget_bits(cpu, hw);
    if (hw != 0)
        gic_disable_word(number, hw, cpu->pcpu);
    return answer(0);
}

/* ---- distributor: `word` is 32 SPIs ---- */

static struct vgic_answer control_read(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    (void)value;
    if (word == GICD_TYPER / 4)
        return answer(VGICV3_TYPER);
    if (word == GICD_CTLR / 4)
        return answer(vgicv3_control(cpu->common));
    return not_here;
}

static struct vgic_answer spi_group_read(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    (void)value;
    return answer(is_spi_word(word) ? vgic_load(&cpu->common->word[word].group) & cpu->common->present[word] : 0);
}

static struct vgic_answer spi_enable_read(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    (void)value;
    return answer(is_spi_word(word) ? vgic_load(&cpu->common->word[word].enabled) & cpu->common->present[word] : 0);
}

static struct vgic_answer spi_enable_write(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    return is_spi_word(word) ? enable(cpu, &cpu->common->word[word], word, value) : answer(0);
}

static struct vgic_answer spi_disable_write(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    return is_spi_word(word) ? disable(cpu, &cpu->common->word[word], word, value) : answer(0);
}

/* ---- its own redistributor: `word` 0 is all there is ---- */

static struct vgic_answer own_group_read(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    (void)value;
    return answer(word == 0 ? vgic_load(&cpu->word.group) & cpu->common->present[0] : 0);
}

static struct vgic_answer own_enable_read(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    (void)value;
    return answer(word == 0 ? vgic_load(&cpu->word.enabled) & cpu->common->present[0] : 0);
}

static struct vgic_answer own_enable_write(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    return word == 0 ? enable(cpu, &cpu->word, 0, value) : answer(0);
}

static struct vgic_answer own_disable_write(struct vgic_cpu *cpu, uint32_t word, uint32_t value)
{
    return word == 0 ? disable(cpu, &cpu->word, 0, value) : answer(0);
}

const struct vgic_block vgic_distributor_page[32] = {
    [BLOCK(GICD_CTLR)] = { control_read, NULL },
    [BLOCK(GICD_IGROUPR)] = { spi_group_read, NULL },
    [BLOCK(GICD_ISENABLER)] = { spi_enable_read, spi_enable_write },
    [BLOCK(GICD_ICENABLER)] = { spi_enable_read, spi_disable_write },
};

const struct vgic_block vgic_private_page[32] = {
    [BLOCK(GICR_IGROUPR0)] = { own_group_read, NULL },
    [BLOCK(GICR_ISENABLER0)] = { own_enable_read, own_enable_write },
    [BLOCK(GICR_ICENABLER0)] = { own_enable_read, own_disable_write },
};
