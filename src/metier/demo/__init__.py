"""The bundled domain: the support desk of Tarnwell, a fictional maker of water machines.

``tickets.csv`` has customers' messages with what they want; ``handbook/`` the company's articles; ``questions.jsonl``
questions whose answers stand in them. All of it was written for Metier; nobody in it is real.
"""
