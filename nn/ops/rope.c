/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/ops/ops.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include <glib.h>

/* Cosines and sines of the positions of a batch. All layers of a model ask for the same, so the
 * last few tables are kept in the context. */
typedef struct {
  NnRope rope;
  int n_rows;
  int room;       /* rows that the arrays hold */
  int *positions; /* [n_rows] */
  float *cosines; /* [n_rows, n_rot / 2] */
  float *sines;
  double *frequencies; /* [n_rot / 2] */
  atomic_int next;     /* row to fill */
} Table;

enum { N_TABLES = 2, ROWS_TO_SHARE = 8 };

struct _NnRopeTables {
  Table tables[N_TABLES];
  int next;
};

void
nn_rope_tables_free (NnRopeTables *tables)
{
  if (tables == NULL)
    return;
  for (int i = 0; i < N_TABLES; i++) {
    g_free (tables->tables[i].positions);
    g_free (tables->tables[i].cosines);
    g_free (tables->tables[i].sines);
    g_free (tables->tables[i].frequencies);
  }
  g_free (tables);
}

static gboolean
has_same_angles (const NnRope *a, const NnRope *b)
{
  return a->n_rot == b->n_rot && a->base == b->base && a->position_scale == b->position_scale
         && a->freq_factors == b->freq_factors;
}

static void
fill_rows (void *data, int part, int n_parts)
{
  Table *table = data;
  int half = table->rope.n_rot / 2;

  for (int r; (r = atomic_fetch_add (&table->next, 1)) < table->n_rows;) {
    double position = table->positions[r] * (double) table->rope.position_scale;

    for (int i = 0; i < half; i++) {
      double angle = position * table->frequencies[i];
      table->cosines[r * half + i] = (float) cos (angle);
      table->sines[r * half + i] = (float) sin (angle);
    }
  }
}

static const Table *
get_table (NnContext *context, const NnRope *rope, int n_rows, const int *positions)
{
  size_t half = (size_t) rope->n_rot / 2;

  if (context->rope_tables == NULL)
    context->rope_tables = g_new0 (NnRopeTables, 1);

  NnRopeTables *tables = context->rope_tables;
  for (int i = 0; i < N_TABLES; i++) {
    const Table *table = &tables->tables[i];
    if (table->n_rows == n_rows && has_same_angles (&table->rope, rope)
        && memcmp (table->positions, positions, sizeof *positions * (size_t) n_rows) == 0)
      return table;
  }

  Table *table = &tables->tables[tables->next];
  tables->next = (tables->next + 1) % N_TABLES;
  if (table->room < n_rows || table->rope.n_rot != rope->n_rot) {
    table->room = MAX (table->room, n_rows);
    table->positions = g_renew (int, table->positions, table->room);
    table->cosines = g_renew (float, table->cosines, (size_t) table->room *half);
    table->sines = g_renew (float, table->sines, (size_t) table->room *half);
    table->frequencies = g_renew (double, table->frequencies, half);
  }
  table->rope = *rope;
  table->n_rows = n_rows;
  memcpy (table->positions, positions, sizeof *positions * (size_t) n_rows);
  for (size_t i = 0; i < half; i++) {
    table->frequencies[i] = pow (rope->base, -2.0 * (double) i / rope->n_rot);
    if (rope->freq_factors != NULL)
      table->frequencies[i] /= rope->freq_factors[i];
  }
  atomic_store (&table->next, 0);
  if (n_rows > ROWS_TO_SHARE)
    nn_pool_share (context->pool, fill_rows, table);
  else
    fill_rows (table, 0, 1);
  return table;
}

typedef struct {
  const NnRope *rope;
  const NnRowKernels *rows;
  const Table *table;
  float *x;
  int n_rows;
  size_t row_stride;
  int n_heads;
  atomic_int next;
} Job;

static void
rotate_pairs (float *x, const float *cosines, const float *sines, int half)
{
  for (int i = 0; i < half; i++) {
    float first = x[2 * i];
    x[2 * i] = first * cosines[i] - x[2 * i + 1] * sines[i];
    x[2 * i + 1] = first * sines[i] + x[2 * i + 1] * cosines[i];
  }
}

static void
rotate_rows (void *data, int part, int n_parts)
{
  Job *job = data;
  int half = job->rope->n_rot / 2;

  for (int r; (r = atomic_fetch_add (&job->next, 1)) < job->n_rows;) {
    const float *cosines = job->table->cosines + (size_t) r * (size_t) half;
    const float *sines = job->table->sines + (size_t) r * (size_t) half;

    for (int h = 0; h < job->n_heads; h++) {
      float *head = job->x + (size_t) r * job->row_stride + (size_t) (h * job->rope->head_dim);

      if (job->rope->layout == NN_ROPE_NEOX)
        job->rows->rotate (head, head + half, cosines, sines, half);
      else
        rotate_pairs (head, cosines, sines, half);
    }
  }
}

void
nn_rope (NnContext *context, const NnRope *rope, float *x, int n_rows, size_t row_stride,
         int n_heads, const int *positions)
{
  if (n_rows <= 0)
    return;

  Job job = { .rope = rope,
              .rows = context->kernels->rows,
              .table = get_table (context, rope, n_rows, positions),
              .x = x,
              .n_rows = n_rows,
              .row_stride = row_stride,
              .n_heads = n_heads };
  if (n_rows > ROWS_TO_SHARE)
    nn_pool_share (context->pool, rotate_rows, &job);
  else
    rotate_rows (&job, 0, 1);
}
