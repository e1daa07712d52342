/* SPDX-License-Identifier: Apache-2.0
 *
 * Message queues: by message priority, among equals first in, first out. A message put while a thread waits for one
 * goes straight to it; room made while a thread waits to put is filled by that thread's message at once.
 */
#include "os.h"

struct message {
    struct message *next;
    uint64_t priority;
    uint8_t data[];
};

struct os_queue {
    struct os_object object;
    struct os_list getters, putters; /* one of them is empty at any time */
    void *memory;
    struct message *first, *last, *free;
    uint32_t count, size, stride, used;
    bool memory_ours;
};

_Static_assert(sizeof(struct os_queue) <= OS_QUEUE_CB_SIZE, "os_ext.h promises less");
_Static_assert(sizeof(struct message) == 16, "OS_QUEUE_MEM_SIZE says so");

static struct os_queue *get(osMessageQueueId_t id) { return OS_GET(id, struct os_queue, object, OS_MAGIC_QUEUE); }

/* All words where both ends are aligned, as messages usually are. */
static void copy(void *to, const void *from, uint32_t size)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    if (((uint64_t)to | (uint64_t)from) % 8 == 0)
        for (; size >= 8; size -= 8, out += 8, in += 8)
            *(uint64_t *)out = *(const uint64_t *)in;
    while (size--)
        *out++ = *in++;
}

static void empty(struct os_queue *queue)
{
    uint32_t i;

    queue->first = queue->last = queue->free = NULL;
    queue->used = 0;
    for (i = queue->count; i-- > 0;) {
        struct message *message = (struct message *)((char *)queue->memory + (uint64_t)i * queue->stride);

        message->next = queue->free;
        queue->free = message;
    }
}

static bool fill(struct os_queue *queue, const osMessageQueueAttr_t *attr)
{
    uint64_t bytes = (uint64_t)queue->count * queue->stride;

    if (attr->mq_mem ? (uint64_t)attr->mq_mem % 8 != 0 || attr->mq_size < bytes : attr->mq_size != 0)
        return false;
    queue->memory_ours = !attr->mq_mem;
    queue->memory = attr->mq_mem ? attr->mq_mem : os_memory_take(bytes, 8);
    if (!queue->memory)
        return false;
    empty(queue);
    return true;
}

osMessageQueueId_t osMessageQueueNew(uint32_t msg_count, uint32_t msg_size, const osMessageQueueAttr_t *attr)
{
    static const osMessageQueueAttr_t defaults;
    struct os_queue *queue;
    uint64_t state;

    if (!attr)
        attr = &defaults;
    if (os_in_isr() || os.state == osKernelInactive || msg_count == 0 || msg_size == 0 || msg_size > UINT32_MAX - 32)
        return NULL;
    state = os_enter();
    queue = os_object_make(OS_MAGIC_QUEUE, attr->name, attr->cb_mem, attr->cb_size, sizeof(*queue));
    if (queue) {
        os_list_init(&queue->getters);
        os_list_init(&queue->putters);
        queue->count = msg_count;
        queue->size = msg_size;
        queue->stride = OS_QUEUE_MEM_SIZE(1, msg_size);
        if (!fill(queue, attr)) {
            os_object_free(queue, &queue->object);
            queue = NULL;
        }
    }
    os_leave(state);
    return queue;
}

const char *osMessageQueueGetName(osMessageQueueId_t mq_id) { return os_object_name(mq_id, OS_MAGIC_QUEUE); }

/* There is a free message. */
static void insert(struct os_queue *queue, const void *data, uint8_t priority)
{
    struct message *message = queue->free, **at = &queue->first;

    queue->free = message->next;
    queue->used++;
    message->priority = priority;
    copy(message->data, data, queue->size);
    if (queue->last && queue->last->priority >= priority)
        at = &queue->last->next;
    else
        while (*at && (*at)->priority >= priority)
            at = &(*at)->next;
    message->next = *at;
    *at = message;
    if (!message->next)
        queue->last = message;
}

/* There is a message. */
static void take(struct os_queue *queue, void *data, uint8_t *priority)
{
    struct message *message = queue->first;

    queue->first = message->next;
    if (!queue->first)
        queue->last = NULL;
    queue->used--;
    copy(data, message->data, queue->size);
    if (priority)
        *priority = (uint8_t)message->priority;
    message->next = queue->free;
    queue->free = message;
}

static void let_putter_in(struct os_queue *queue)
{
    struct os_thread *thread = os_waiter(&queue->putters);

    if (!thread || !queue->free)
        return;
    insert(queue, thread->wait_data, thread->wait_priority);
    os_wake(thread, (uint32_t)osOK);
}

osStatus_t osMessageQueuePut(osMessageQueueId_t mq_id, const void *msg_ptr, uint8_t msg_prio, uint32_t timeout)
{
    struct os_queue *queue = get(mq_id);
    uint32_t result = (uint32_t)osOK;
    struct os_thread *thread;
    uint64_t state;

    if (!queue || !msg_ptr || (timeout && os_in_isr()))
        return osErrorParameter;
    if (!os_enter_for(&queue->object, OS_MAGIC_QUEUE, &state))
        return osErrorParameter;
    thread = os_waiter(&queue->getters);
    if (thread) {
        copy(thread->wait_data, msg_ptr, queue->size);
        thread->wait_priority = msg_prio;
        os_wake(thread, (uint32_t)osOK);
    } else if (queue->free) {
        insert(queue, msg_ptr, msg_prio);
    } else if (timeout == 0) {
        result = (uint32_t)osErrorResource;
    } else if (!os_may_block()) {
        result = (uint32_t)osErrorTimeout;
    } else {
        thread = os_cpu_this()->current;
        thread->wait_data = (void *)(uintptr_t)msg_ptr;
        thread->wait_priority = msg_prio;
        result = os_block(&queue->putters, timeout);
    }
    os_leave_switching(state);
    return (osStatus_t)result;
}

osStatus_t osMessageQueueGet(osMessageQueueId_t mq_id, void *msg_ptr, uint8_t *msg_prio, uint32_t timeout)
{
    struct os_queue *queue = get(mq_id);
    uint32_t result = (uint32_t)osOK;
    uint64_t state;

    if (!queue || !msg_ptr || (timeout && os_in_isr()))
        return osErrorParameter;
    if (!os_enter_for(&queue->object, OS_MAGIC_QUEUE, &state))
        return osErrorParameter;
    if (queue->first) {
        take(queue, msg_ptr, msg_prio);
        let_putter_in(queue);
    } else if (timeout == 0) {
        result = (uint32_t)osErrorResource;
    } else if (!os_may_block()) {
        result = (uint32_t)osErrorTimeout;
    } else {
        struct os_thread *thread = os_cpu_this()->current;

        thread->wait_data = msg_ptr;
        result = os_block(&queue->getters, timeout);
        if (result == (uint32_t)osOK && msg_prio)
            *msg_prio = thread->wait_priority;
    }
    os_leave_switching(state);
    return (osStatus_t)result;
}

OS_NUMBER(osMessageQueueGetCapacity, osMessageQueueId_t, struct os_queue, queue, queue->count)
OS_NUMBER(osMessageQueueGetMsgSize, osMessageQueueId_t, struct os_queue, queue, queue->size)
OS_NUMBER(osMessageQueueGetCount, osMessageQueueId_t, struct os_queue, queue, queue->used)
OS_NUMBER(osMessageQueueGetSpace, osMessageQueueId_t, struct os_queue, queue, queue->count - queue->used)

/* Threads that wait to put get their messages in. */
osStatus_t osMessageQueueReset(osMessageQueueId_t mq_id)
{
    struct os_queue *queue = get(mq_id);
    uint64_t state;

    if (os_in_isr() || !queue)
        return os_refusal();
    if (!os_enter_for(&queue->object, OS_MAGIC_QUEUE, &state))
        return osErrorParameter;
    empty(queue);
    while (!os_list_is_empty(&queue->putters) && queue->free)
        let_putter_in(queue);
    os_leave_switching(state);
    return osOK;
}

osStatus_t osMessageQueueDelete(osMessageQueueId_t mq_id)
{
    struct os_queue *queue = get(mq_id);
    uint64_t state;

    if (os_in_isr() || !queue)
        return os_refusal();
    if (!os_enter_for(&queue->object, OS_MAGIC_QUEUE, &state))
        return osErrorParameter;
    os_wake_all(&queue->getters, (uint32_t)osErrorResource);
    os_wake_all(&queue->putters, (uint32_t)osErrorResource);
    if (queue->memory_ours)
        os_memory_give(queue->memory);
    os_object_free(queue, &queue->object);
    os_leave_switching(state);
    return osOK;
}
