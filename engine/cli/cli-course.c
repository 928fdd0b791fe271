/* cli-course.c: how a training went, epoch by epoch, as "train" and "runs" tell it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli.h"

#include <glib/gi18n.h>
#include <math.h>

/* The members of an epoch, into the object that was begun. */
void
cli_json_epoch (JsonBuilder *json, const LatheEpoch *epoch)
{
  cli_json_int (json, "epoch", epoch->epoch);
  cli_json_real (json, "loss", epoch->loss);
  cli_json_real (json, "accuracy", epoch->accuracy);
  cli_json_real (json, "val_loss", epoch->validation_loss);
  cli_json_real (json, "val_accuracy", epoch->validation_accuracy);
  cli_json_real (json, "val_macro_f1", epoch->validation_macro_f1);
  cli_json_real (json, "learning_rate", epoch->learning_rate);
  cli_json_real (json, "seconds", epoch->seconds);
  cli_json_real (json, "images_per_second", epoch->images_per_second);
  cli_json_real (json, "steps_done", epoch->step);
  cli_json_real (json, "seconds_done", epoch->elapsed);
  json_builder_set_member_name (json, "phases");
  json_builder_begin_object (json);
  for (guint i = 0; i < LATHE_N_PHASES; i++)
    cli_json_real (json, lathe_phase_names[i], epoch->phases[i]);
  json_builder_end_object (json);
}

/* (transfer full): “reading 3 %, forward 31 %, …”; "" where it is not known. */
char *
cli_phases (const double phases[LATHE_N_PHASES])
{
  g_autoptr (GString) text = g_string_new (NULL);
  double all = 0;

  for (guint i = 0; i < LATHE_N_PHASES; i++)
    all += phases[i];
  for (guint i = 0; i < LATHE_N_PHASES && all > 0; i++)
    g_string_append_printf (text, "%s%s %.0f %%", i > 0 ? ", " : "", _ (lathe_phase_titles[i]), 100 * phases[i] / all);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* What is to be seen in the course, as the member "advice". */
void
cli_json_advice (JsonBuilder *json, const LatheCourse *course)
{
  g_autoptr (GPtrArray) remarks = lathe_course_remark (course);

  json_builder_set_member_name (json, "advice");
  json_builder_begin_array (json);
  for (guint i = 0; i < remarks->len; i++)
    {
      const LatheRemark *remark = remarks->pdata[i];

      json_builder_begin_object (json);
      cli_json_string (json, "kind", lathe_remark_names[remark->kind]);
      if (remark->epoch > 0)
        cli_json_int (json, "epoch", remark->epoch);
      cli_json_string (json, "seen", remark->seen);
      cli_json_string (json, "help", remark->help);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}

void
cli_print_advice (const LatheCourse *course)
{
  g_autoptr (GPtrArray) remarks = lathe_course_remark (course);

  for (guint i = 0; i < remarks->len; i++)
    {
      const LatheRemark *remark = remarks->pdata[i];

      g_print ("\n%s\n  %s\n", remark->seen, remark->help);
    }
}

static void
add_distribution (JsonBuilder *json, const char *name, const LatheDistribution *d)
{
  if (d->n == 0)
    return;
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
  cli_json_real (json, "n", d->n);
  cli_json_real (json, "minimum", d->minimum);
  cli_json_real (json, "maximum", d->maximum);
  cli_json_real (json, "mean", d->mean);
  cli_json_real (json, "deviation", d->deviation);
  json_builder_set_member_name (json, "bins");
  json_builder_begin_array (json);
  for (guint i = 0; i < LATHE_N_BINS; i++)
    json_builder_add_int_value (json, d->bins[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

/* How the numbers of its layers are distributed, as the member "layers". */
void
cli_json_layers (JsonBuilder *json, const LatheLayerLooks *looks)
{
  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  for (guint i = 0; i < looks->layers->len; i++)
    {
      const LatheLayerLook *look = &g_array_index (looks->layers, LatheLayerLook, i);

      json_builder_begin_object (json);
      cli_json_string (json, "name", look->name);
      add_distribution (json, "weights", &look->weights);
      add_distribution (json, "activations", &look->activations);
      if (look->units > 0)
        {
          cli_json_int (json, "units", look->units);
          cli_json_int (json, "dead", look->dead);
        }
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
}
