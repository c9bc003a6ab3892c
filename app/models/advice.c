/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/advice.h"

#include <string.h>
#include <unistd.h>

/* So many programs beyond our own that the last minute was not ours. */
#define BUSY_SHARE 0.5

static char *
read_word (const char *root, const char *name)
{
  g_autofree char *path = g_strconcat (root, name, NULL);
  char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  return g_strstrip (text);
}

/* Drivers that choose the clock themselves call their usual way "powersave". */
static gboolean
look_at_power (const char *root)
{
  g_autofree char *driver = read_word (root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver");
  g_autofree char *governor =
      read_word (root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  g_autofree char *preference =
      read_word (root, "/sys/devices/system/cpu/cpu0/cpufreq/energy_performance_preference");
  g_autofree char *profile = read_word (root, "/sys/firmware/acpi/platform_profile");
  gboolean chooses =
      driver != NULL
      && (g_str_has_prefix (driver, "intel_pstate") || g_str_has_prefix (driver, "amd-pstate"));
  return (g_strcmp0 (governor, "powersave") == 0 && !chooses)
         || g_strcmp0 (preference, "power") == 0 || g_strcmp0 (profile, "low-power") == 0;
}

void
app_advice_look (const char *root, AppFacts *facts)
{
  *facts = (AppFacts){ 0 };
  nn_cpu_count (root, NULL, 0, &facts->cpus);
  facts->n_online = (int) sysconf (_SC_NPROCESSORS_ONLN);
  app_machine_get_memory_at (root, &facts->memory);
  g_autofree char *pages = read_word (root, "/sys/kernel/mm/transparent_hugepage/enabled");
  facts->no_huge_pages = pages != NULL && strstr (pages, "[never]") != NULL;
  facts->saves_power = look_at_power (root);
  g_autofree char *load = read_word (root, "/proc/loadavg");
  facts->load = load != NULL ? g_ascii_strtod (load, NULL) : 0.0;
}

static void
advice_free (gpointer data)
{
  AppAdvice *advice = data;
  g_free (advice->text);
  g_free (advice);
}

G_GNUC_PRINTF (3, 4)
static void
add (GPtrArray *all, const char *id, const char *format, ...)
{
  AppAdvice *advice = g_new (AppAdvice, 1);
  va_list arguments;
  va_start (arguments, format);
  *advice = (AppAdvice){ id, g_strdup_vprintf (format, arguments) };
  va_end (arguments);
  g_ptr_array_add (all, advice);
}

static void
advise_on_memory (const AppFacts *f, GPtrArray *all)
{
  guint64 there = f->memory.available_bytes;
  if (f->memory.limit_bytes > 0)
    there = MIN (there, f->memory.limit_free_bytes);
  if (f->model == NULL || f->model_bytes <= there)
    return;
  g_autofree char *need = g_format_size (f->model_bytes);
  g_autofree char *left = g_format_size (there);
  add (all, "memory",
       "%s needs %s of memory, and %s are free: close other programs, or choose a smaller model "
       "(hearsay models)",
       f->model, need, left);
}

static void
advise_on_kernels (const AppFacts *f, GPtrArray *all)
{
  if (g_strcmp0 (f->kernels, f->best_kernels) != 0)
    add (all, "kernels", "HEARSAY_KERNELS holds the program to the %s kernels: unset it for %s",
         f->kernels, f->best_kernels);
  else if (g_strcmp0 (f->best_kernels, "reference") == 0)
    add (all, "processor",
         "this processor has no AVX2, so that everything takes several times as long: choose small "
         "models");
}

static void
advise_on_threads (const AppFacts *f, GPtrArray *all)
{
  if (f->cpus.quota > 0.0 && f->cpus.quota < f->cpus.n_cores)
    add (all, "quota",
         "the control group gives the time of %.1f processors of %d: let the container use more",
         f->cpus.quota, f->cpus.n_processors);
  if (f->cpus.n_processors < f->n_online)
    add (all, "bound", "the program is bound to %d of %d processors (taskset, cpuset): let it go",
         f->cpus.n_processors, f->n_online);
  if (f->n_threads > f->cpus.n_threads)
    add (all, "threads",
         "%d threads are more than the %d that have a core of their own: use --threads 0",
         f->n_threads, f->cpus.n_threads);
  else if (f->n_threads < f->cpus.n_threads)
    add (all, "threads", "%d of %d cores are used: use --threads 0", f->n_threads,
         f->cpus.n_threads);
}

GPtrArray *
app_advice_find (const AppFacts *f)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (advice_free);
  advise_on_memory (f, all);
  advise_on_kernels (f, all);
  advise_on_threads (f, all);
  if (f->load > BUSY_SHARE * f->cpus.n_processors)
    add (all, "busy", "other programs are at work: %.1f want the %d processors (see top)", f->load,
         f->cpus.n_processors);
  if (f->saves_power)
    add (all, "power",
         "the machine saves power: plug it in, or choose the performance profile (powerprofilesctl "
         "set performance)");
  if (f->no_huge_pages)
    add (all, "huge-pages",
         "huge pages are switched off, which costs 5 to 20 %%: as root, echo madvise > "
         "/sys/kernel/mm/transparent_hugepage/enabled");
  return all;
}
