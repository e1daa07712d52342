/* SPDX-License-Identifier: Apache-2.0
 *
 * The machine a guest sees: that of QEMU `virt` with a GICv3, under Bulkhead on every board and on
 * bare QEMU alike. Addresses are constants here; what differs from system to system (RAM size, boot
 * arguments, devices passed through) is read from the devicetree, see dtb.h.
 */
#ifndef GUEST_MACHINE_H
#define GUEST_MACHINE_H

#define MACHINE_RAM_BASE  0x40000000ul
#define MACHINE_GICD      0x08000000ul
#define MACHINE_GICR      0x080a0000ul /* one pair of 64 KiB frames for each vCPU */
#define MACHINE_GICR_SIZE 0x20000ul
#define MACHINE_PL011     0x09000000ul

#define MACHINE_INTID_PL011  33u /* SPI 1 */
#define MACHINE_INTID_PL031  34u /* SPI 2 */
#define MACHINE_INTID_VTIMER 27u /* PPI 11 */
#define MACHINE_INTID_PTIMER 30u /* PPI 14 */

#define GUEST_VCPU_MAX   8
#define GUEST_STACK_SIZE 2048 /* of each vCPU; print() in an exception needs about half */

#endif
