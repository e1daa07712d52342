/* SPDX-License-Identifier: Apache-2.0
 *
 * Address types of the hypervisor: three one-member structs, so that a guest-physical
 * address cannot be used where a physical one belongs. Converted by functions in mem/ only.
 */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef struct { uint64_t pa; } pa_t;   /* physical address */
typedef struct { uint64_t ipa; } ipa_t; /* intermediate physical address: what a guest calls physical */
typedef struct { uint64_t va; } va_t;   /* virtual address at EL2 */

#endif
