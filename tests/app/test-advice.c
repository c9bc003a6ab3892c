/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/advice.h"
#include "tests/support/folder.h"

#include <glib/gstdio.h>
#include <string.h>

static const AppFacts good = {
  .cpus = { .n_processors = 8, .n_cores = 4, .n_threads = 4 },
  .n_online = 8,
  .memory = { .total_bytes = 16000000000, .available_bytes = 9000000000 },
  .load = 0.3,
  .n_threads = 4,
  .kernels = "avx2",
  .best_kernels = "avx2",
  .model = "large",
  .model_bytes = 2000000000,
};

/* The ids, with commas, and whether each line says what `part` is. */
static void
assert_advice (const AppFacts *facts, const char *ids, const char *part)
{
  g_autoptr (GPtrArray) advice = app_advice_find (facts);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GString) texts = g_string_new (NULL);
  for (guint i = 0; i < advice->len; i++) {
    const AppAdvice *a = g_ptr_array_index (advice, i);
    g_string_append_printf (found, "%s%s", i > 0 ? "," : "", a->id);
    g_string_append_printf (texts, "%s\n", a->text);
    g_assert_null (strchr (a->text, '\n'));
  }
  g_assert_cmpstr (found->str, ==, ids);
  if (part != NULL && strstr (texts->str, part) == NULL)
    g_error ("“%s” does not say “%s”", texts->str, part);
}

static void
test_rules (void)
{
  AppFacts f = good;
  assert_advice (&f, "", NULL);
  f.n_threads = 8;
  assert_advice (&f, "threads", "--threads 0");
  f.n_threads = 1;
  assert_advice (&f, "threads", "1 of 4 cores");
  f = good;
  f.cpus.quota = 0.5;
  f.cpus.n_threads = f.n_threads = 1;
  assert_advice (&f, "quota", "0.5 processors");
  f = good;
  f.n_online = 16;
  assert_advice (&f, "bound", "8 of 16");
  f = good;
  f.kernels = "reference";
  assert_advice (&f, "kernels", "HEARSAY_KERNELS");
  f.best_kernels = "reference";
  assert_advice (&f, "processor", "AVX2");
  f = good;
  f.load = 6.5;
  assert_advice (&f, "busy", "6.5");
  f = good;
  f.saves_power = f.no_huge_pages = TRUE;
  assert_advice (&f, "power,huge-pages", "madvise");
}

static void
test_memory (void)
{
  AppFacts f = good;
  f.memory.available_bytes = 1000000000;
  assert_advice (&f, "memory", "large");
  f.model = NULL;
  assert_advice (&f, "", NULL);
  f = good;
  f.memory.limit_bytes = 3000000000;
  f.memory.limit_free_bytes = 1500000000;
  assert_advice (&f, "memory", "large");
}

typedef struct {
  char *root;
} Machine;

static void
set_up (Machine *machine, gconstpointer data)
{
  machine->root = g_dir_make_tmp ("hearsay-advice-XXXXXX", NULL);
}

static void
tear_down (Machine *machine, gconstpointer data)
{
  test_folder_remove (machine->root);
  g_free (machine->root);
}

static void
put (const Machine *machine, const char *name, const char *text)
{
  test_folder_put (machine->root, name, text);
}

#define CPUFREQ "sys/devices/system/cpu/cpu0/cpufreq/"

static void
test_look (Machine *machine, gconstpointer data)
{
  AppFacts f;
  app_advice_look (machine->root, &f);
  g_assert_false (f.no_huge_pages);
  g_assert_false (f.saves_power);
  g_assert_cmpfloat (f.load, ==, 0.0);

  put (machine, "sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
  put (machine, "proc/loadavg", "2.50 1.00 0.50 3/400 1234\n");
  put (machine, CPUFREQ "scaling_driver", "acpi-cpufreq\n");
  put (machine, CPUFREQ "scaling_governor", "powersave\n");
  app_advice_look (machine->root, &f);
  g_assert_true (f.no_huge_pages);
  g_assert_true (f.saves_power);
  g_assert_cmpfloat (f.load, ==, 2.5);

  /* Here "powersave" is the usual way. */
  put (machine, CPUFREQ "scaling_driver", "amd-pstate-epp\n");
  put (machine, "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  app_advice_look (machine->root, &f);
  g_assert_false (f.no_huge_pages);
  g_assert_false (f.saves_power);
  put (machine, CPUFREQ "energy_performance_preference", "power\n");
  app_advice_look (machine->root, &f);
  g_assert_true (f.saves_power);
  put (machine, CPUFREQ "energy_performance_preference", "balance_performance\n");
  put (machine, "sys/firmware/acpi/platform_profile", "low-power\n");
  app_advice_look (machine->root, &f);
  g_assert_true (f.saves_power);
}

static void
test_this_machine (void)
{
  AppFacts f;
  app_advice_look ("", &f);
  g_assert_cmpint (f.n_online, >=, 1);
  g_assert_cmpuint (f.memory.total_bytes, >, 0);
  g_autoptr (GPtrArray) advice = app_advice_find (&f);
  g_assert_nonnull (advice);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/advice/rules", test_rules);
  g_test_add_func ("/advice/memory", test_memory);
  g_test_add ("/advice/look", Machine, NULL, set_up, test_look, tear_down);
  g_test_add_func ("/advice/this-machine", test_this_machine);
  return g_test_run ();
}
