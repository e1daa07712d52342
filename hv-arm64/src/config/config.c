/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification of the generated tables, and the search that only fault reports use.
 */
#include "config/config.h"

#include "arch/crc32c.h"

const char *config_verify(void)
{
    const struct hv_config_header *h = &hv_config_header;

    if (h->magic != HV_CONFIG_MAGIC)
        return "the plan has no magic";
    if (h->version != HV_CONFIG_VERSION || h->header_size != sizeof(*h))
        return "the plan has another version than the hypervisor";
    if (h->partition_count != HV_PARTITION_COUNT || h->vcpu_count != HV_VCPU_COUNT ||
        h->pcpu_count != HV_PCPU_COUNT || h->segment_count != HV_SEGMENT_COUNT ||
        h->place_count != HV_PLACE_COUNT || h->intid_count != HV_INTID_COUNT)
        return "the plan has other counts than the hypervisor";
    if (~crc32c(CRC32C_START, (const uint64_t *)h->checked_base.pa, h->checked_size) != h->digest)
        return "the plan's tables were changed after the build";
    return NULL;
}

const char *config_place(uint64_t pa)
{
    uint32_t low = 0;
    uint32_t high = HV_PLACE_COUNT;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct hv_place_config *place = &hv_places[middle];

        if (pa < place->base.pa)
            high = middle;
        else if (pa - place->base.pa >= place->size)
            low = middle + 1;
        else
            return place->what;
    }
    return "nothing";
}
