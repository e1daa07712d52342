/* SPDX-License-Identifier: Apache-2.0
 *
 * See shell.h.
 */
#include "shell.h"

#include "irq.h"
#include "rtos.h"

#define THREADS_SHOWN 32u
#define STACK         4096u

static void help(const char *argument);

static const char *state_name(osThreadState_t state)
{
    static const char *const names[] = {"inactive", "ready", "running", "blocked", "ended"};

    return state >= osThreadInactive && state <= osThreadTerminated ? names[state] : "?";
}

static void ps(const char *argument)
{
    osThreadId_t threads[THREADS_SHOWN];
    uint32_t count = osThreadEnumerate(threads, THREADS_SHOWN), i;
    struct os_thread_info info;

    (void)argument;
    printf("%-16s %-8s %4s %4s %11s %14s\n", "thread", "state", "prio", "vcpu", "stack used", "cpu time us");
    for (i = 0; i < count; i++) {
        if (os_thread_info(threads[i], &info) != osOK)
            continue; /* ended meanwhile */
        printf("%-16s %-8s %4d %4u %5u/%-5u %14lu\n", info.name, state_name(info.state), info.priority, info.cpu,
               info.stack_size - info.stack_space, info.stack_size,
               info.cpu_time / (osKernelGetSysTimerFreq() / 1000000));
    }
    for (i = 0; i < os_cpu_count(); i++)
        printf("idle%-12u %-8s %4d %4u %11s %14lu\n", i, "", 0, i, "",
               os_cpu_idle_time(i) / (osKernelGetSysTimerFreq() / 1000000));
}

static void mem(const char *argument)
{
    struct os_memory_info info;

    (void)argument;
    os_memory_info(&info);
    printf("kernel memory: %lu bytes, %lu used, %lu at most\n", info.size, info.used, info.high_water);
}

static void irq(const char *argument)
{
    uint32_t intid;

    (void)argument;
    for (intid = 0; intid < IRQ_HANDLERS; intid++)
        if (irq_count(intid))
            printf("intid %u: %u\n", intid, irq_count(intid));
}

static struct shell_command own[] = {
    {.name = "help", .help = "the commands", .run = help},
    {.name = "ps", .help = "threads: state, priority, vCPU, the most stack there was, CPU time", .run = ps},
    {.name = "mem", .help = "the kernel's memory", .run = mem},
    {.name = "irq", .help = "how often each interrupt came", .run = irq},
};
static struct shell_command *commands;

static void help(const char *argument)
{
    const struct shell_command *command;

    (void)argument;
    for (command = commands; command; command = command->next)
        printf("%-10s %s\n", command->name, command->help);
}

void shell_add(struct shell_command *command)
{
    command->next = commands;
    commands = command;
}

static void run(const char *line)
{
    const struct shell_command *command;
    size_t length;

    line += strspn(line, " ");
    length = strcspn(line, " ");
    for (command = commands; command; command = command->next) {
        if (strncmp(line, command->name, length) == 0 && command->name[length] == 0) {
            line += length;
            command->run(line + strspn(line, " "));
            return;
        }
    }
    if (length)
        printf("unknown command '%s'; there is help\n", line);
}

static void serve(void *argument)
{
    char line[80];

    (void)argument;
    for (;;) {
        serial_read_line(line, sizeof(line));
        run(line);
    }
}

osThreadId_t shell_start(osPriority_t priority)
{
    const osThreadAttr_t attr = {.name = "shell", .priority = priority, .stack_size = STACK};
    uint32_t i;

    for (i = sizeof(own) / sizeof(own[0]); i-- > 0;)
        shell_add(&own[i]);
    return osThreadNew(serve, NULL, &attr);
}
