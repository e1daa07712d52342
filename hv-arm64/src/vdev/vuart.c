/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual PL011. Interrupts: receive and receive timeout are raised while input is there,
 * transmit when the ring comes to have half its room after a byte was written: a transition, not a
 * level (DDI 0183, "UARTTXINTR"), so that enabling it alone raises nothing.
 */
#include "vdev/vuart.h"

#include <stdatomic.h>

#include "config/config.h"
#include "console/console.h"
#include "dev/gic.h"
#include "lib/bits.h"
#include "lib/ring.h"
#include "regs/regs.h"
#include "vdev/vgic.h"

#define INT_TX ((uint32_t)field_mask(UARTIMSC, TXIM))
#define INT_RX ((uint32_t)(field_mask(UARTIMSC, RXIM) | field_mask(UARTIMSC, RTIM)))
#define INT_ALL 0x7ffu
#define RX_FIFO 128u /* bytes of input kept; a real one has 16 */
#define TX_ROOM (RING_SIZE / 2)

struct vuart {
    _Atomic uint32_t status; /* UARTRIS, transmit bit; the receive bits follow the FIFO */
    _Atomic uint32_t mask;   /* UARTIMSC */
    uint32_t cr, lcr_h, ibrd, fbrd, ifls, ilpr, dmacr;
    struct ring rx;          /* produced by the draining pCPU; a pop that another vCPU won reads 0 */
};

static struct vuart vuarts[HV_PARTITION_COUNT];
static bool room_awaited[HV_VCPU_COUNT]; /* it wrote to a ring more than half full; its own pCPU's alone */

static const uint8_t ids[8] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 }; /* PL011 r1p5 */

static struct vuart *uart_of(uint32_t vcpu)
{
    return &vuarts[config_vcpu(vcpu)->partition];
}

static uint32_t status(const struct vuart *u)
{
    return atomic_load(&u->status) | (ring_used(&u->rx) != 0 ? INT_RX : 0);
}

static void update_line(uint32_t partition)
{
    struct vuart *u = &vuarts[partition];

    vgic_set_level(partition, HV_GUEST_UART_INTID, (status(u) & atomic_load(&u->mask)) != 0);
}

static void check_room(uint32_t vcpu)
{
    room_awaited[vcpu] = console_room(vcpu) < TX_ROOM;
    if (room_awaited[vcpu])
        console_want_room(vcpu);
    else
        atomic_fetch_or(&uart_of(vcpu)->status, INT_TX);
}

void vuart_reset(uint32_t partition)
{
    struct vuart *u = &vuarts[partition];
    uint8_t byte;

    atomic_store(&u->status, 0);
    atomic_store(&u->mask, 0);
    u->cr = 0x300;
    u->lcr_h = u->ibrd = u->fbrd = u->ilpr = u->dmacr = 0;
    u->ifls = 0x12;
    while (ring_pop(&u->rx, &byte))
        continue; /* at most RX_FIFO bytes: the partition's restart was announced, its input is old */
    for (uint32_t i = 0; i < config_partition(partition)->vcpu_count; i++)
        console_end_line(config_partition(partition)->vcpu_first + i);
}

static uint32_t flags(uint32_t vcpu)
{
    const struct vuart *u = uart_of(vcpu);
    uint32_t room = console_room(vcpu);
    uint32_t rx = ring_used(&u->rx);

    if (room == 0)
        console_want_room(vcpu);
    return (uint32_t)(field_put(UARTFR, TXFF, room == 0) | field_put(UARTFR, TXFE, room == RING_SIZE) |
                      field_put(UARTFR, RXFE, rx == 0) | field_put(UARTFR, RXFF, rx >= RX_FIFO));
}

uint64_t vuart_read(uint32_t vcpu, uint32_t offset)
{
    struct vuart *u = uart_of(vcpu);
    uint8_t byte = 0;

    switch (offset) {
    case UARTDR:
        if (ring_pop(&u->rx, &byte))
            update_line(config_vcpu(vcpu)->partition);
        return byte;
    case UARTFR:
        return flags(vcpu);
    case UARTILPR:
        return u->ilpr;
    case UARTIBRD:
        return u->ibrd;
    case UARTFBRD:
        return u->fbrd;
    case UARTLCR_H:
        return u->lcr_h;
    case UARTCR:
        return u->cr;
    case UARTIFLS:
        return u->ifls;
    case UARTIMSC:
        return atomic_load(&u->mask);
    case UARTRIS:
        return status(u);
    case UARTMIS:
        return status(u) & atomic_load(&u->mask);
    case UARTDMACR:
        return u->dmacr;
    default:
        return offset >= UARTPERIPHID && offset % 4 == 0 ? ids[(offset - UARTPERIPHID) / 4] : 0;
    }
}

void vuart_write(uint32_t vcpu, uint32_t offset, uint64_t value)
{
    struct vuart *u = uart_of(vcpu);
    uint32_t v = (uint32_t)value;

    switch (offset) {
    case UARTDR:
        console_put(vcpu, (uint8_t)v); /* a byte written to a full FIFO is lost, as on hardware */
        check_room(vcpu);
        break;
    case UARTILPR:
        u->ilpr = v & 0xff;
        return;
    case UARTIBRD:
        u->ibrd = v & 0xffff;
        return;
    case UARTFBRD:
        u->fbrd = v & 0x3f;
        return;
    case UARTLCR_H:
        u->lcr_h = v & 0xff;
        return;
    case UARTCR:
        u->cr = v & 0xffff;
        return;
    case UARTIFLS:
        u->ifls = v & 0x3f;
        return;
    case UARTDMACR:
        u->dmacr = v & 7;
        return;
    case UARTIMSC:
        atomic_store(&u->mask, v & INT_ALL);
        break;
    case UARTICR:
        atomic_fetch_and(&u->status, ~v);
        break;
    default:
        return;
    }
    if (atomic_load(&u->mask) != 0 || offset != UARTDR)
        update_line(config_vcpu(vcpu)->partition);
}

bool vuart_receive(uint32_t partition, uint8_t byte)
{
    struct vuart *u = &vuarts[partition];

    if (!config_partition(partition)->console || ring_used(&u->rx) >= RX_FIFO || !ring_push(&u->rx, byte))
        return false;
    update_line(partition);
    return true;
}

void vuart_poll(uint32_t vcpu)
{
    if (!config_partition(config_vcpu(vcpu)->partition)->console)
        return;
    if (room_awaited[vcpu])
        check_room(vcpu);
    update_line(config_vcpu(vcpu)->partition);
}
