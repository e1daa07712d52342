/* SPDX-License-Identifier: Apache-2.0
 *
 * See zynq_can.h.
 */
#include "zynq_can.h"

#include "cpu.h"
#include "dtb.h"
#include "gic.h"

#define SRR         0x00u /* software reset, enable */
#define SRR_SRST    0x1u
#define SRR_CEN     0x2u
#define MSR         0x04u /* mode: 0 is normal */
#define BRPR        0x08u /* clock prescaler, less one */
#define BTR         0x0cu /* bit timing: SJW 8:7, TS2 6:4, TS1 3:0, each less one */
#define ECR         0x10u /* error counters: REC 15:8, TEC 7:0 */
#define ESR         0x14u /* error status; a write of 1 clears */
#define SR          0x18u
#define SR_CONFIG   0x1u
#define SR_TXFLL    0x400u
#define ISR         0x1cu
#define IER         0x20u
#define ICR         0x24u /* a write of 1 clears a bit of ISR */
#define INT_RXOFLW  0x40u
#define INT_RXNEMP  0x80u
#define INT_ERROR   0x100u
#define INT_BSOFF   0x200u
#define TXFIFO      0x30u /* ID, DLC, two words of data; the last write sends */
#define RXFIFO      0x50u /* the same; the read of ID takes the next frame */
#define AFR         0x60u /* acceptance filters: 0 is none, everything is accepted */
#define ID_SHIFT    21u   /* of a standard identifier */
#define DLC_SHIFT   28u
#define RESET_TRIES 1000u

bool zynq_can_open(struct zynq_can *can, irq_fn *handler)
{
    struct device device;
    uint32_t i;

    if (!device_find("xlnx,zynq-can-1.0", 0, &device))
        return false;
    *can = (struct zynq_can){.base = device.base, .intid = device.intid};
    mmio_write32(can->base + SRR, SRR_SRST);
    for (i = 0; !(mmio_read32(can->base + SR) & SR_CONFIG); i++) {
        if (i == RESET_TRIES)
            return false;
    }
    mmio_write32(can->base + BRPR, 2);             /* 8 MHz */
    mmio_write32(can->base + BTR, 1u << 4 | 12u);  /* 1 + 13 + 2 quanta: 16 a bit */
    mmio_write32(can->base + MSR, 0);
    mmio_write32(can->base + AFR, 0);
    mmio_write32(can->base + ICR, ~0u);
    mmio_write32(can->base + IER, INT_RXNEMP | INT_RXOFLW | INT_ERROR | INT_BSOFF);
    irq_set_handler(can->intid, handler);
    gic_enable(can->intid);
    mmio_write32(can->base + SRR, SRR_CEN);
    return true;
}

bool zynq_can_send(struct zynq_can *can, const struct can_frame *frame)
{
    if (mmio_read32(can->base + SR) & SR_TXFLL)
        return false;
    mmio_write32(can->base + TXFIFO, frame->id << ID_SHIFT);
    mmio_write32(can->base + TXFIFO + 4, frame->size << DLC_SHIFT);
    mmio_write32(can->base + TXFIFO + 8, frame->data[0]);
    mmio_write32(can->base + TXFIFO + 12, frame->data[1]);
    return true;
}

bool zynq_can_receive(struct zynq_can *can, struct can_frame *frame)
{
    if (!(mmio_read32(can->base + ISR) & INT_RXNEMP))
        return false;
    frame->id = mmio_read32(can->base + RXFIFO) >> ID_SHIFT;
    frame->size = mmio_read32(can->base + RXFIFO + 4) >> DLC_SHIFT;
    frame->data[0] = mmio_read32(can->base + RXFIFO + 8);
    frame->data[1] = mmio_read32(can->base + RXFIFO + 12);
    mmio_write32(can->base + ICR, INT_RXNEMP); /* it comes back at once if there is another frame */
    return true;
}

void zynq_can_status(struct zynq_can *can)
{
    uint32_t status = mmio_read32(can->base + ISR) & (INT_RXOFLW | INT_ERROR | INT_BSOFF);

    if (!status)
        return;
    can->overruns += (status & INT_RXOFLW) != 0;
    can->bus_errors += (status & INT_ERROR) != 0;
    can->bus_off += (status & INT_BSOFF) != 0;
    mmio_write32(can->base + ESR, ~0u);
    mmio_write32(can->base + ICR, status);
}

uint32_t zynq_can_tec(const struct zynq_can *can) { return mmio_read32(can->base + ECR) & 0xff; }

uint32_t zynq_can_rec(const struct zynq_can *can) { return mmio_read32(can->base + ECR) >> 8 & 0xff; }
