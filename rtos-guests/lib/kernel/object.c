/* SPDX-License-Identifier: Apache-2.0
 *
 * Control blocks: in the memory that the caller gave, or in the kernel's.
 */
#include "os.h"

void *os_memory_or(void *memory, uint32_t memory_size, uint32_t size)
{
    if (!memory)
        return memory_size ? NULL : os_memory_take(size, 8);
    if ((uint64_t)memory % 8 != 0 || memory_size < size)
        return NULL;
    os_clear(memory, size);
    return memory;
}

void *os_object_make(enum os_magic magic, const char *name, void *memory, uint32_t memory_size, uint32_t size)
{
    struct os_object *object = os_memory_or(memory, memory_size, size);

    if (object)
        *object = (struct os_object){.magic = magic, .ours = !memory, .name = name};
    return object;
}

void os_object_free(void *block, struct os_object *object)
{
    object->magic = 0;
    if (object->ours)
        os_memory_give(block);
}

const char *os_object_name(void *id, enum os_magic magic)
{
    struct os_object *object = os_object(id, magic);

    return object ? object->name : NULL;
}
