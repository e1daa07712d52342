/* SPDX-License-Identifier: Apache-2.0
 *
 * Where trap/short_gicv3.S finds what it puts into a list register; vgic.h asserts the offsets.
 */
#ifndef HV_VDEV_VGIC_DIRECT_H
#define HV_VDEV_VGIC_DIRECT_H

#define VGIC_DIRECT_COUNT 32 /* entries of struct vgic_cpu.direct, by INTID modulo this */
#define VGIC_LR_INTID 256    /* in struct vgic_cpu */

#endif
