/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a switch between vCPUs is not needed in each: list registers that hold something, and active priorities beyond
 * the first registers.
 */
#include "dev/gicv3_shared.h"

#include "arch/mmio.h"
#include "arch/pcpu.h"
#include "config/config.h"

void gic_virtual_share(struct gic_virtual *v)
{
    uint32_t bits = (uint32_t)field_get(ICH_VTR_EL2, PREbits, sysreg_read(ICH_VTR_EL2)) + 1;

    v->lr_all = (uint32_t)BIT(pcpu_self()->lr_count) - 1;
    v->more = bits > 5 ? bits : 0;
}

uint32_t gic_lrs_save(struct gic_virtual *v, uint32_t used)
{
    uint32_t active = 0;

    for (; used != 0; used &= used - 1) {
        uint32_t n = bits_lowest(used);
        uint64_t lr = gic_lr_read(n);

        v->lr[n] = lr;
        gic_lr_write(n, 0);
        if (field_get(ICH_LR_EL2, HW, lr) && field_get(ICH_LR_EL2, pINTID, lr) < HV_SPI_FIRST)
            active |= (uint32_t)BIT(field_get(ICH_LR_EL2, pINTID, lr));
    }
    return active;
}

void gic_lrs_load(const struct gic_virtual *v)
{
    for (uint32_t used = v->lr_used; used != 0; used &= used - 1)
        gic_lr_write(bits_lowest(used), v->lr[bits_lowest(used)]);
}

void gic_more_active_save(struct gic_virtual *v)
{
    v->active[1][0] = sysreg_read(ICH_AP0R1_EL2);
    v->active[1][1] = sysreg_read(ICH_AP1R1_EL2);
    if (v->more < 7)
        return;
    v->active[2][0] = sysreg_read(ICH_AP0R2_EL2);
    v->active[2][1] = sysreg_read(ICH_AP1R2_EL2);
    v->active[3][0] = sysreg_read(ICH_AP0R3_EL2);
    v->active[3][1] = sysreg_read(ICH_AP1R3_EL2);
}

void gic_more_active_load(const struct gic_virtual *v)
{
    sysreg_write(ICH_AP0R1_EL2, v->active[1][0]);
    sysreg_write(ICH_AP1R1_EL2, v->active[1][1]);
    if (v->more < 7)
        return;
    sysreg_write(ICH_AP0R2_EL2, v->active[2][0]);
    sysreg_write(ICH_AP1R2_EL2, v->active[2][1]);
    sysreg_write(ICH_AP0R3_EL2, v->active[3][0]);
    sysreg_write(ICH_AP1R3_EL2, v->active[3][1]);
}

static pa_t own_frame(void)
{
    return (pa_t){ config_global()->gicr.pa + (uint64_t)pcpu_self()->id * HV_GICR_STRIDE };
}

void gic_set_active_private(uint32_t bits)
{
    mmio_write32(own_frame(), GICR_ISACTIVER0, bits);
}

void gic_clear_active_private(uint32_t bits)
{
    mmio_write32(own_frame(), GICR_ICACTIVER0, bits);
}
