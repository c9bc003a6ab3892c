/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/base/cpu-count.h"

#include <glib.h>
#include <glib/gstdio.h>

#include "nn/base/pool.h"
#include "tests/support/folder.h"

/* A machine made of files, in a folder of its own. */
typedef struct {
  char *root;
} Machine;

static void
machine_set_up (Machine *machine, gconstpointer data)
{
  machine->root = g_dir_make_tmp ("hearsay-cpu-XXXXXX", NULL);
  g_assert_nonnull (machine->root);
}

static void
machine_tear_down (Machine *machine, gconstpointer data)
{
  test_folder_remove (machine->root);
  g_free (machine->root);
}

static void
put (const Machine *machine, const char *name, const char *text)
{
  test_folder_put (machine->root, name, text);
}

/* Four cores of two hardware threads each: 0 and 4, 1 and 5, ... */
static void
put_siblings (const Machine *machine, const char *file)
{
  for (int i = 0; i < 8; i++) {
    g_autofree char *name = g_strdup_printf ("sys/devices/system/cpu/cpu%d/topology/%s", i, file);
    g_autofree char *list = g_strdup_printf ("%d,%d\n", i % 4, i % 4 + 4);
    put (machine, name, list);
  }
}

static NnCpuCount
look (const Machine *machine, const char *usable)
{
  bool allowed[8];
  NnCpuCount count;

  for (int i = 0; i < 8; i++)
    allowed[i] = usable[i] == 'x';
  nn_cpu_count (machine->root, allowed, 8, &count);
  return count;
}

static void
test_siblings (Machine *machine, gconstpointer data)
{
  put_siblings (machine, data);
  NnCpuCount count = look (machine, "xxxxxxxx");
  g_assert_cmpint (count.n_processors, ==, 8);
  g_assert_cmpint (count.n_cores, ==, 4);
  g_assert_cmpint (count.n_threads, ==, 4);
  g_assert_cmpfloat (count.quota, ==, 0.0);
  /* Bound to both threads of one core and to the second one of another. */
  count = look (machine, "x---xx--");
  g_assert_cmpint (count.n_processors, ==, 3);
  g_assert_cmpint (count.n_cores, ==, 2);
  g_assert_cmpint (count.n_threads, ==, 2);
}

static void
test_unknown_topology (Machine *machine, gconstpointer data)
{
  NnCpuCount count = look (machine, "xx-x----");
  g_assert_cmpint (count.n_cores, ==, 3);
  put (machine, "sys/devices/system/cpu/cpu0/topology/core_cpus_list", "what,is this");
  count = look (machine, "xx-x----");
  g_assert_cmpint (count.n_cores, ==, 3);
  put (machine, "sys/devices/system/cpu/cpu1/topology/core_cpus_list", "0-3");
  count = look (machine, "xx-x----");
  g_assert_cmpint (count.n_cores, ==, 2);
  count = look (machine, "--------");
  g_assert_cmpint (count.n_threads, ==, 1);
}

static void
test_quota (Machine *machine, gconstpointer data)
{
  static const struct {
    const char *text;
    double quota;
    int n_threads;
  } cases[] = { { "50000 100000\n", 0.5, 1 },
                { "max 100000\n", 0, 8 },
                { "150000 100000\n", 1.5, 2 },
                { "240000 100000\n", 2.4, 2 },
                { "1600000 100000\n", 16, 8 },
                { "1000 100000\n", 0.01, 1 },
                { "", 0, 8 },
                { "-1 100000\n", 0, 8 },
                { "50000 0\n", 0, 8 },
                { "nonsense\n", 0, 8 } };

  put (machine, "proc/self/cgroup", "0::/user/app\n");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    put (machine, "sys/fs/cgroup/user/app/cpu.max", cases[i].text);
    NnCpuCount count = look (machine, "xxxxxxxx");
    g_assert_cmpfloat (count.quota, ==, cases[i].quota);
    g_assert_cmpint (count.n_threads, ==, cases[i].n_threads);
  }
}

/* The least of a group and those around it; a path that cannot be seen from inside a container. */
static void
test_nested_quota (Machine *machine, gconstpointer data)
{
  put (machine, "proc/self/cgroup", "0::/user/app\n");
  put (machine, "sys/fs/cgroup/user/app/cpu.max", "max 100000\n");
  put (machine, "sys/fs/cgroup/user/cpu.max", "300000 100000\n");
  g_assert_cmpint (look (machine, "xxxxxxxx").n_threads, ==, 3);
  put (machine, "sys/fs/cgroup/cpu.max", "200000 100000\n");
  g_assert_cmpint (look (machine, "xxxxxxxx").n_threads, ==, 2);
  put (machine, "proc/self/cgroup", "0::/not/to/be/seen\n");
  g_assert_cmpint (look (machine, "xxxxxxxx").n_threads, ==, 2);
}

static void
test_quota_of_version_1 (Machine *machine, gconstpointer data)
{
  put (machine, "proc/self/cgroup",
       "4:memory:/box\n3:cpuset:/\n1:cpu,cpuacct:/box\n0::/elsewhere\n");
  put (machine, "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "-1\n");
  put (machine, "sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  g_assert_cmpint (look (machine, "xxxxxxxx").n_threads, ==, 8);
  put (machine, "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "50000\n");
  g_assert_cmpfloat (look (machine, "xxxxxxxx").quota, ==, 0.5);
  g_assert_cmpint (look (machine, "xxxxxxxx").n_threads, ==, 1);
}

static void
test_this_machine (void)
{
  NnCpuCount count;
  nn_cpu_count ("", NULL, 0, &count);
  g_assert_cmpint (count.n_processors, >=, 1);
  g_assert_cmpint (count.n_cores, >=, 1);
  g_assert_cmpint (count.n_cores, <=, count.n_processors);
  g_assert_cmpint (count.n_threads, >=, 1);
  g_assert_cmpint (count.n_threads, <=, count.n_cores);

  NnPool *pool = nn_pool_new (0);
  g_assert_cmpint (nn_pool_get_n_threads (pool), <=, count.n_threads);
  nn_pool_free (pool);
}

/* More threads than anybody has cores, and a number that makes no sense. */
static void
count_calls (void *data, int part, int n_parts)
{
  g_atomic_int_inc ((int *) data);
}

static void
test_odd_numbers (void)
{
  static const int numbers[] = { -5, 0, 1, 1000, G_MAXINT };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
    int n_calls = 0;
    NnPool *pool = nn_pool_new (numbers[i]);
    int n = nn_pool_get_n_threads (pool);
    g_assert_cmpint (n, >=, 1);
    g_assert_cmpint (n, <=, 256);
    for (int k = 0; k < 3; k++)
      nn_pool_run (pool, count_calls, &n_calls);
    g_assert_cmpint (n_calls, ==, 3 * n);
    nn_pool_free (pool);
  }
}

#define ADD(name, data, func)                                                                      \
  g_test_add (name, Machine, data, machine_set_up, func, machine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cpu-count/siblings", "core_cpus_list", test_siblings);
  ADD ("/cpu-count/siblings-of-older-kernels", "thread_siblings_list", test_siblings);
  ADD ("/cpu-count/unknown-topology", NULL, test_unknown_topology);
  ADD ("/cpu-count/quota", NULL, test_quota);
  ADD ("/cpu-count/nested-quota", NULL, test_nested_quota);
  ADD ("/cpu-count/quota-of-version-1", NULL, test_quota_of_version_1);
  g_test_add_func ("/cpu-count/this-machine", test_this_machine);
  g_test_add_func ("/cpu-count/odd-numbers", test_odd_numbers);
  return g_test_run ();
}
