/* SPDX-License-Identifier: Apache-2.0
 *
 * What the vGIC's shared files need to know of the GIC version that guests have, which is the
 * board's: the same names in vgicv2.h and vgicv3.h.
 */
#ifndef HV_VDEV_VGIC_VERSION_H
#define HV_VDEV_VGIC_VERSION_H

#include "hv_counts.h"

#if HV_GIC_VERSION == 2
#include "vdev/vgicv2.h"
#else
#include "vdev/vgicv3.h"
#endif

#endif
