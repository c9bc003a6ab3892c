/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/base/cpu-count.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/base/cgroup.h"

enum { MAX_TEXT = 512, MAX_PROCESSORS = CPU_SETSIZE };

/* The first number of a list such as "0-1,8" that is allowed; -1: none, or no list. */
static int
first_allowed (const char *list, const bool *allowed)
{
  for (const char *at = list; *at >= '0' && *at <= '9';) {
    char *end;
    long from = strtol (at, &end, 10);
    long to = *end == '-' ? strtol (end + 1, &end, 10) : from;
    for (long i = from; i <= to && i < MAX_PROCESSORS; i++)
      if (allowed[i])
        return (int) i;
    at = *end == ',' ? end + 1 : end;
  }
  return -1;
}

/* A processor stands for its core if it is the first that is allowed of those that share it. */
static bool
is_first_of_core (const char *root, const bool *allowed, int processor)
{
  char folder[MAX_TEXT];
  char list[MAX_TEXT];

  if (snprintf (folder, sizeof folder, "%s/sys/devices/system/cpu/cpu%d/topology", root, processor)
          >= (int) sizeof folder
      || !(nn_cgroup_read_text (folder, "core_cpus_list", list, sizeof list)
           || nn_cgroup_read_text (folder, "thread_siblings_list", list, sizeof list)))
    return true;
  int first = first_allowed (list, allowed);
  return first < 0 || first == processor;
}

static bool
read_quota (const char *folder, double *quota)
{
  char text[MAX_TEXT];
  double time, period = 0;

  if (nn_cgroup_read_text (folder, "cpu.max", text, sizeof text)) {
    if (sscanf (text, "%lf %lf", &time, &period) != 2)
      return false;
  } else {
    if (!nn_cgroup_read_text (folder, "cpu.cfs_quota_us", text, sizeof text))
      return false;
    time = strtod (text, NULL);
    if (nn_cgroup_read_text (folder, "cpu.cfs_period_us", text, sizeof text))
      period = strtod (text, NULL);
  }
  if (!(time > 0 && period > 0))
    return false;
  *quota = time / period;
  return true;
}

void
nn_cpu_count (const char *root, const bool *allowed, int n_allowed, NnCpuCount *count)
{
  bool usable[MAX_PROCESSORS] = { false };
  cpu_set_t set;

  CPU_ZERO (&set);
  if (allowed != NULL) {
    for (int i = 0; i < n_allowed && i < MAX_PROCESSORS; i++)
      usable[i] = allowed[i];
  } else if (sched_getaffinity (0, sizeof set, &set) == 0) {
    for (int i = 0; i < MAX_PROCESSORS; i++)
      usable[i] = CPU_ISSET (i, &set);
  } else {
    /* More processors than a set has room for. */
    for (long i = 0, n = sysconf (_SC_NPROCESSORS_ONLN); i < n && i < MAX_PROCESSORS; i++)
      usable[i] = true;
  }

  *count = (NnCpuCount){ 0 };
  for (int i = 0; i < MAX_PROCESSORS; i++)
    if (usable[i]) {
      count->n_processors++;
      count->n_cores += is_first_of_core (root, usable, i);
    }
  nn_cgroup_get_least (root, "cpu", read_quota, &count->quota);
  count->n_threads = count->n_cores;
  if (count->quota > 0 && count->quota + 0.5 < count->n_threads)
    count->n_threads = (int) (count->quota + 0.5);
  if (count->n_threads < 1)
    count->n_threads = 1;
}
