/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/machine.h"

static const char meminfo[] = "MemTotal:       24576000 kB\n"
                              "MemTotalX:      1 kB\n"
                              "MemFree:\n"
                              "Cached:         12 kB";

static void
test_kilobytes (void)
{
  g_assert_cmpuint (app_machine_parse_kilobytes (meminfo, "MemTotal"), ==, 24576000ull * 1024);
  g_assert_cmpuint (app_machine_parse_kilobytes (meminfo, "Cached"), ==, 12 * 1024);
  g_assert_cmpuint (app_machine_parse_kilobytes (meminfo, "MemFree"), ==, 0);
  g_assert_cmpuint (app_machine_parse_kilobytes (meminfo, "Mem"), ==, 0);
  g_assert_cmpuint (app_machine_parse_kilobytes ("", "MemTotal"), ==, 0);
}

static void
test_this_machine (void)
{
  AppMemory memory;
  app_machine_get_memory (&memory);
  g_assert_cmpuint (memory.total_bytes, >, 0);
  g_assert_cmpuint (memory.available_bytes, <=, memory.total_bytes);
  g_assert_cmpint (app_machine_get_n_cores (), >=, 1);
  g_assert_cmpuint (app_machine_get_peak_rss (), >, 100 * 1024);
  g_auto (GStrv) features = app_machine_get_cpu_features ();
  g_assert_nonnull (features);
  /* A folder that is yet to be made stands on the disk of the one it will be in. */
  g_assert_cmpuint (app_machine_get_disk_free ("/"), >, 0);
  g_assert_cmpuint (app_machine_get_disk_free ("/no/such/folder/yet"), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/machine/kilobytes", test_kilobytes);
  g_test_add_func ("/machine/this-machine", test_this_machine);
  return g_test_run ();
}
